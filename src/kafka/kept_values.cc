#include "kafka/kept_values.h"

#include <chrono>

#include "base/log.h"
#include "kafka/partitioner.h"
#include "wire/murmur2.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {

namespace {

/// start() has a limit of its own.
constexpr Duration kForEver = std::chrono::hours(24 * 365);

/// Only what lies behind the newest segment is compacted, and all of it is read at a start.
constexpr const char* kSegmentBytes = "4194304";

constexpr std::size_t kMostRead = std::size_t{1} << 20;

}  // namespace

KeptValues::KeptValues(ClientContext& context, Metadata& metadata, std::string topic,
                       std::string instance)
    : context_(context),
      metadata_(metadata),
      instance_(std::move(instance)),
      place_{std::move(topic), {}},
      admin_(context, metadata),
      questions_(context, metadata),
      starts_(context, metadata),
      ends_(context, metadata) {}

void KeptValues::open(plan::Done opened) {
  opened_ = std::move(opened);
  create();
}

void KeptValues::create() {
  const NewTopic topic{
      place_.topic, -1, -1, {{"cleanup.policy", "compact"}, {"segment.bytes", kSegmentBytes}}};
  admin_.create_topic(topic, kForEver, [this](const Result<void>& created) {
    if (!created.ok() && created.error().code() != ErrorCode::kAlreadyExists) {
      return std::exchange(opened_, nullptr)(
          Error(created.error())
              .with_context(concat("topic ", place_.topic, ", which keeps accumulators")));
    }
    check_settings();
  });
}

void KeptValues::check_settings() {
  admin_.describe_configs(place_.topic, kForEver, [this](const auto& settings) {
    if (!settings.ok()) return std::exchange(opened_, nullptr)(settings.error());
    const auto policy = settings->find("cleanup.policy");
    if (policy == settings->end() || policy->second.find("compact") == std::string::npos) {
      return std::exchange(opened_, nullptr)(
          Error(ErrorCode::kInvalidArgument,
                concat("topic ", place_.topic,
                       " keeps accumulators and would lose them: its cleanup.policy is not "
                       "compact; change that, or name another .accumulators_topic")));
    }
    questions_.ask(this, place_.topic, [this](const auto& answer) { on_partitions(answer); });
  });
}

void KeptValues::on_partitions(const Result<std::int32_t>& partitions) {
  if (!partitions.ok()) return std::exchange(opened_, nullptr)(partitions.error());
  place_.partition = PartitionId{wire::key_partition(instance_, *partitions)};
  std::exchange(opened_, nullptr)({});
}

void KeptValues::read(plan::Done done) {
  ++round_;
  fetcher_.reset();
  values_.clear();
  undecided_.clear();
  done_ = std::move(done);
  ends_.find({{place_, OffsetSpec::latest()}}, kForEver, [this, round = round_](const auto& ends) {
    if (round == round_) on_ends(ends);
  });
}

void KeptValues::on_ends(const Result<FoundOffsets>& ends) {
  if (!ends.ok()) return finish(ends.error());
  end_ = ends->at(place_).value_or(Offset{});
  starts_.find({{place_, OffsetSpec::earliest()}}, kForEver,
               [this, round = round_](const auto& starts) {
                 if (round != round_) return;
                 if (!starts.ok()) return finish(starts.error());
                 read_from(starts->at(place_).value_or(Offset{}));
               });
}

void KeptValues::read_from(Offset start) {
  if (start >= end_) return finish({});
  FetchOptions options;
  options.max_bytes = kMostRead;
  options.max_partition_bytes = kMostRead;
  options.read_ahead_bytes = kMostRead;
  Fetcher::Listener& listener = *this;
  fetcher_ = std::make_unique<Fetcher>(context_, metadata_, options, listener);
  fetcher_->assign(place_, {start});
}

void KeptValues::on_chunk(FetchedChunk chunk) {
  take(chunk);
  if (chunk.until >= end_ && done_) finish({});
}

void KeptValues::take(const FetchedChunk& chunk) {
  wire::RecordBatchCursor cursor(chunk.batches);
  for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
    (*batch)->header.control() ? take_end(**batch) : take_batch(**batch);
  }
}

void KeptValues::take_batch(const wire::RecordBatchView& batch) {
  const std::string prefix = instance_ + "/";
  ByName changes;
  const auto walked =
      wire::for_each_record(batch.header, batch.payload(), [&](const wire::RecordView& record) {
        if (!record.key.starts_with(prefix)) return;
        Written& change = changes[std::string(record.key.substr(prefix.size()))];
        change = {Offset{record.offset}, std::nullopt};
        if (record.has_value) change.value = std::string(record.value);
      });
  if (!walked.ok()) return finish(walked.error());
  if (!batch.header.transactional()) return apply(std::move(changes));
  ByName& waiting = undecided_[batch.header.producer_id];
  for (auto& [name, change] : changes) waiting[name] = std::move(change);
}

void KeptValues::take_end(const wire::RecordBatchView& marker) {
  auto waiting = undecided_.extract(marker.header.producer_id);
  if (waiting.empty() || wire::control_type(marker) != wire::ControlType::kCommit) return;
  apply(std::move(waiting.mapped()));
}

/// The ends of two transactions can be written in another order than what is in them.
void KeptValues::apply(ByName changes) {
  for (auto& [name, change] : changes) {
    Written& known = values_[name];
    if (known.at <= change.at) known = std::move(change);
  }
}

void KeptValues::on_out_of_range(const TopicPartition&, Offset) {
  read(std::exchange(done_, nullptr));  // it was compacted or cut off meanwhile
}

void KeptValues::on_cut_off(const TopicPartition& partition, Offset position, LogPosition) {
  on_out_of_range(partition, position);
}

void KeptValues::on_failure(const TopicPartition&, const Error& error) { finish(error); }

void KeptValues::finish(Result<void> outcome) {
  ++round_;
  if (!done_) return;
  // Not from inside the fetcher, which ends with this.
  context_.loop.post([fetcher = std::shared_ptr<Fetcher>(std::move(fetcher_)),
                      done = std::exchange(done_, nullptr),
                      outcome = std::move(outcome)] { done(outcome); });
}

std::vector<plan::KeptValue> KeptValues::values() const {
  std::vector<plan::KeptValue> all;
  for (const auto& [name, written] : values_) {
    if (written.value) all.push_back({name, *written.value});
  }
  return all;
}

Result<Buffer> KeptValues::batch_of(const std::vector<plan::KeptValue>& values) const {
  std::size_t size = wire::RecordBatchHeader::kSize;
  for (const auto& [name, value] : values) {
    size += wire::RecordBatchBuilder::kMaxRecordOverhead + instance_.size() + 1 + name.size() +
            value.size();
  }
  wire::RecordBatchBuilder builder(context_.buffers.take(size + 1));
  const std::int64_t now = context_.loop.clock().wall().millis;
  for (const auto& [name, value] : values) {
    const std::string key = concat(instance_, "/", name);
    char* place = builder.append(now, key, value.size());
    value.copy(place, value.size());
  }
  return std::move(builder).seal(wire::Compression::kNone, context_.buffers);
}

}  // namespace weir::kafka
