#include "kafka/producer_pool_batches.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kafka/producer.h"

namespace weir::kafka {

namespace {}  // namespace

void LeaseBatches::add_topic(std::string_view name, std::int32_t partitions) {
  Topic topic{Partitioner(partitions, options_.first_partition), {}};
  topic.open.resize(static_cast<std::size_t>(partitions));
  topics_.emplace(name, std::move(topic));
}

Result<void> LeaseBatches::append(std::string_view topic_name, const OutgoingRecord& record,
                                  WallTime now) {
  Topic& topic = topics_.find(topic_name)->second;
  const std::size_t needed = measure(record);
  WEIR_RETURN_IF_ERROR(check_size(topic_name, needed));
  WEIR_ASSIGN_OR_RETURN(std::size_t partition, partition_for(topic_name, topic, record));
  while (topic.open[partition] && topic.open[partition]->room() < needed) {
    WEIR_RETURN_IF_ERROR(close(topic_name, topic, partition));
    WEIR_ASSIGN_OR_RETURN(partition, partition_for(topic_name, topic, record));
  }
  Builder& builder = topic.open[partition];
  if (!builder) builder.emplace(space_for(needed));
  char* value = builder->append(record.timestamp.value_or(now).millis, record.key,
                                record.value.size(), headers_);
  record.value.copy(value, record.value.size());
  ++records_;
  return {};
}

Result<void> LeaseBatches::check_size(std::string_view topic, std::size_t needed) const {
  // Whoever makes larger batches has raised the topic's limit.
  const std::size_t largest =
      std::max(kLargestBatch - wire::RecordBatchHeader::kSize, options_.batch_bytes);
  if (needed <= largest) return {};
  return Error(ErrorCode::kInvalidArgument,
               concat("a record for topic \"", topic, "\" takes ", needed,
                      " bytes, more than a record batch may have (", largest,
                      "); write less in one record, or raise max.message.bytes of the topic and ",
                      ".batch_bytes of the pool"));
}

Result<std::size_t> LeaseBatches::partition_for(std::string_view name, const Topic& topic,
                                                const OutgoingRecord& record) {
  const PartitionId wanted =
      record.partition ? *record.partition : topic.partitioner.partition(record.key);
  const auto index = static_cast<std::size_t>(wanted.value);
  if (index < topic.open.size()) return index;
  return Error(ErrorCode::kInvalidArgument,
               concat("a record names partition ", wanted.value, " of topic \"", name,
                      "\", which has ", topic.open.size(), " partitions, from 0"));
}

std::size_t LeaseBatches::measure(const OutgoingRecord& record) {
  std::size_t needed = wire::RecordBatchBuilder::kMaxRecordOverhead + record.value.size();
  if (record.key) needed += record.key->size();
  headers_.clear();
  for (const HeaderView& header : record.headers) {
    headers_.push_back({header.key, header.has_value, header.value});
    needed +=
        header.key.size() + header.value.size() + wire::RecordBatchBuilder::kMaxHeaderOverhead;
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
  const PartitionId id{static_cast<std::int32_t>(partition)};
  if (id == topic.partitioner.partition(std::nullopt)) topic.partitioner.turn();
  wire::RecordBatchBuilder builder = std::move(*topic.open[partition]);
  topic.open[partition].reset();
  open_bytes_ -= builder.size() + builder.room();
  const std::int32_t records = builder.count();
  const auto compression = static_cast<wire::Compression>(options_.compression);
  WEIR_ASSIGN_OR_RETURN(Buffer sealed, std::move(builder).seal(compression, buffers_));
  closed_.push_back({{std::string(name), id}, std::move(sealed), records});
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
