#include "kafka/producer_pool_batches.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/murmur2.h"

namespace weir::kafka {

namespace {

/// What Kafka takes by default (max.message.bytes); whoever makes larger batches has raised it.
constexpr std::size_t kLargestRecord = 1'048'588 - wire::RecordBatchHeader::kSize;

}  // namespace

void LeaseBatches::add_topic(std::string_view name, std::int32_t partitions) {
  Topic& topic = topics_[std::string(name)];
  topic.open.resize(static_cast<std::size_t>(partitions));
  topic.next_keyless = options_.first_partition % topic.open.size();
}

Result<void> LeaseBatches::append(std::string_view topic_name, const OutgoingRecord& record,
                                  WallTime now) {
  Topic& topic = topics_.find(topic_name)->second;
  WEIR_ASSIGN_OR_RETURN(std::size_t partition, partition_for(topic_name, topic, record));
  const std::size_t needed = measure(record);
  const std::size_t largest = std::max(kLargestRecord, options_.batch_bytes);
  if (needed > largest) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("a record for topic \"", topic_name, "\" takes ", needed,
                        " bytes, more than a record batch may have (", largest,
                        "); write less in one record, or raise max.message.bytes of the topic and ",
                        ".batch_bytes of the pool"));
  }
  if (topic.open[partition] && topic.open[partition]->room() < needed) {
    WEIR_RETURN_IF_ERROR(close(topic_name, topic, partition));
    if (!record.key && !record.partition) partition = topic.next_keyless;
  }
  Builder& builder = topic.open[partition];
  if (builder && builder->room() < needed) WEIR_RETURN_IF_ERROR(close(topic_name, topic, partition));
  if (!builder) builder.emplace(space_for(needed));
  char* value = builder->append(record.timestamp.value_or(now).millis, record.key,
                                record.value.size(), headers_);
  record.value.copy(value, record.value.size());
  ++records_;
  return {};
}

Result<std::size_t> LeaseBatches::partition_for(std::string_view name, const Topic& topic,
                                                const OutgoingRecord& record) const {
  const auto count = static_cast<std::int32_t>(topic.open.size());
  if (!record.partition) {
    if (!record.key) return topic.next_keyless;
    return static_cast<std::size_t>(wire::key_partition(*record.key, count));
  }
  const std::int32_t wanted = record.partition->value;
  if (wanted >= 0 && wanted < count) return static_cast<std::size_t>(wanted);
  return Error(ErrorCode::kInvalidArgument,
               concat("a record names partition ", wanted, " of topic \"", name, "\", which has ",
                      count, " partitions, from 0"));
}

std::size_t LeaseBatches::measure(const OutgoingRecord& record) {
  std::size_t needed = wire::RecordBatchBuilder::kMaxRecordOverhead + record.value.size();
  if (record.key) needed += record.key->size();
  headers_.clear();
  for (const HeaderView& header : record.headers) {
    headers_.push_back({header.key, true, header.value});
    needed += wire::RecordBatchBuilder::kMaxHeaderOverhead + header.key.size() + header.value.size();
  }
  return needed;
}

Buffer LeaseBatches::space_for(std::size_t needed) {
  Buffer space =
      buffers_.take(std::max(needed + wire::RecordBatchHeader::kSize, options_.batch_bytes));
  open_bytes_ += space.capacity();
  return space;
}

Result<void> LeaseBatches::close(std::string_view name, Topic& topic, std::size_t partition) {
  if (partition == topic.next_keyless) topic.next_keyless = (partition + 1) % topic.open.size();
  wire::RecordBatchBuilder builder = std::move(*topic.open[partition]);
  topic.open[partition].reset();
  open_bytes_ -= builder.size() + builder.room();
  const std::int32_t records = builder.count();
  const auto compression = static_cast<wire::Compression>(options_.compression);
  WEIR_ASSIGN_OR_RETURN(Buffer sealed, std::move(builder).seal(compression, buffers_));
  closed_.push_back({{std::string(name), PartitionId{static_cast<std::int32_t>(partition)}},
                     std::move(sealed),
                     records});
  return {};
}

Result<void> LeaseBatches::close_all() {
  Result<void> outcome;
  for (auto& [name, topic] : topics_) {
    for (std::size_t partition = 0; partition < topic.open.size(); ++partition) {
      if (!topic.open[partition]) continue;
      auto closed = close(name, topic, partition);
      if (!closed.ok() && outcome.ok()) outcome = std::move(closed);
    }
  }
  return outcome;
}

std::vector<ClosedBatch> LeaseBatches::take_closed() {
  for (const ClosedBatch& batch : closed_) records_ -= batch.records;
  return std::exchange(closed_, {});
}

}  // namespace weir::kafka
