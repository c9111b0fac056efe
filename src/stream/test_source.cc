#include "stream/test_source.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/log.h"

namespace weir::stream {

namespace {

std::size_t bytes_of(const std::optional<std::string_view>& part) {
  return part ? part->size() : 0;
}

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::size_t index_of(const plan::Slice& slice) {
  return static_cast<std::size_t>(slice.origin->partition.value);
}

}  // namespace

TestSource::TestSource(std::string topic, std::size_t partitions, const Clock& clock)
    : topic_(std::move(topic)), clock_(clock) {
  for (std::size_t i = 0; i < partitions; ++i) {
    auto& partition = partitions_.emplace_back(std::make_unique<Partition>());
    partition->origin = {topic_, PartitionId{static_cast<std::int32_t>(i)}};
  }
}

Result<void> TestSource::validate() const {
  if (!partitions_.empty()) return {};
  return Error(ErrorCode::kInvalidArgument,
               concat(name(), " has no partitions; give it at least 1"));
}

TestSource::Partition& TestSource::partition(std::size_t number) {
  if (number < partitions_.size()) return *partitions_[number];
  throw std::out_of_range(concat("a record was given to partition ", number, " of ", name(),
                                 ", which has ", partitions_.size(), ", counted from 0"));
}

void TestSource::add(const detail::TestObjects& objects, std::optional<PartitionId> partition) {
  const auto* first = static_cast<const char*>(objects.first);
  const std::size_t partitions = partition ? 1 : partitions_.size();
  for (std::size_t i = 0; i < partitions; ++i) {
    Partition& to = this->partition(partition ? static_cast<std::size_t>(partition->value) : i);
    const std::size_t end = objects.count * (i + 1) / partitions;
    for (std::size_t at = objects.count * i / partitions; at < end; ++at) {
      const std::string_view object{first + at * objects.stride, objects.stride};
      to.records.push_back({objects.owner, {}, object, clock_.wall(), true});
    }
  }
  changed();
}

void TestSource::add(std::vector<TestRecord> records) {
  const auto owned = std::make_shared<const std::vector<TestRecord>>(std::move(records));
  for (const TestRecord& record : *owned) {
    partition(partition_of(record))
        .records.push_back({owned, view(record.key), view(record.value),
                            record.timestamp.value_or(clock_.wall())});
  }
  changed();
}

std::size_t TestSource::partition_of(const TestRecord& record) const {
  if (record.partition) return static_cast<std::size_t>(record.partition->value);
  if (!record.key || partitions_.empty()) return 0;
  const auto partitions = static_cast<std::int32_t>(partitions_.size());
  return static_cast<std::size_t>(weir::detail::key_partition(*record.key, partitions));
}

void TestSource::changed() {
  if (host_ != nullptr) host_->on_change();
}

void TestSource::open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) {
  driver_ = site.driver;
  host_ = &host;
  workers_ = site.workers.size();
  driver_->post([opened = std::move(opened)] { opened({}); });
}

std::vector<plan::ReadAhead> TestSource::read_ahead() const {
  std::vector<plan::ReadAhead> all;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const Partition& partition = *partitions_[i];
    if (partition.taken == partition.records.size()) continue;
    std::size_t bytes = 0;
    for (std::size_t at = partition.taken; at < partition.records.size(); ++at) {
      bytes += bytes_of(partition.records[at].key) + bytes_of(partition.records[at].value);
    }
    const auto from = static_cast<std::int64_t>(partition.taken);
    const auto until = static_cast<std::int64_t>(partition.records.size());
    all.push_back(
        {&partition.origin, i % workers_, {{Offset{from}, Offset{until}, bytes, until - from}}});
  }
  return all;
}

void TestSource::take(const std::vector<plan::Slice>& slices) {
  for (const plan::Slice& slice : slices) {
    partitions_[index_of(slice)]->taken = static_cast<std::size_t>(slice.until.value);
  }
}

void TestSource::commit(BatchTime, const std::vector<plan::Slice>&, plan::Done done) {
  driver_->post([done = std::move(done)] { done({}); });
}

std::int64_t TestSource::lag() const {
  std::size_t lag = 0;
  for (const auto& partition : partitions_) lag += partition->records.size() - partition->taken;
  return static_cast<std::int64_t>(lag);
}

void TestSource::close(plan::Done closed) {
  host_ = nullptr;
  driver_->post([closed = std::move(closed)] { closed({}); });
}

Result<void> TestSource::Reader::read(const plan::Slice& slice, TaskContext& context,
                                      Sink<Record>& into) {
  const Partition& partition = *source_.partitions_[index_of(slice)];
  const auto given_at = [&](std::int64_t at) -> const Given& {
    return partition.records[static_cast<std::size_t>(at)];
  };
  for (std::int64_t at = slice.from.value; at < slice.until.value; ++at) {
    const Given& given = given_at(at);
    Record record;
    record.key = given.key.value_or("");
    record.has_key = given.key.has_value();
    record.value = given.value.value_or("");
    record.has_value = given.value.has_value();
    record.offset = Offset{at};
    record.timestamp = given.timestamp;
    record.origin = &partition.origin;
    for (; at + 1 < slice.until.value && given_at(at).precedes(given_at(at + 1)); ++at) {
      record.value = {record.value.data(), record.value.size() + given_at(at + 1).value->size()};
    }
    context.record_time = record.timestamp;
    into.push(std::move(record));
  }
  return {};
}

}  // namespace weir::stream
