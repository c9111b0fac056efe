// The part of Node that keeps the logs within their limits of size and time.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

// How late a record may go.
constexpr Duration kExpiryInterval = std::chrono::seconds(1);

}  // namespace

void Node::heed_limits(const Topic& topic) {
  Event event(*this);
  const auto partitions = partitions_.find(topic.id);
  if (partitions == partitions_.end()) return;
  for (auto& [index, partition] : partitions->second) {
    partition->log.set_rolling(rolling_of(topic.settings));
    enforce_limits(topic, *partition);
  }
  drop_later(topic.settings);
}

// The newest chunk is neither dropped nor compacted: it must not be all of memory.
PartitionLog::Rolling Node::rolling_of(const TopicSettings& settings) const {
  const auto by_settings = static_cast<std::uint64_t>(settings.segment_bytes());
  PartitionLog::Rolling rolling{std::min(by_settings, to_uint(options_.memory_bytes) / 8),
                                settings.segment_ms()};
  if (settings.compacts()) {
    rolling.millis = std::min(rolling.millis, settings.max_compaction_lag_ms());
  }
  return rolling;
}

// Nothing is due at once; a timer each looks after what may come to be.
void Node::drop_later(const TopicSettings& settings) {
  if (settings.deletes() && settings.retention_ms() >= 0) expire_later();
  if (settings.compacts()) compactor_.look_later();
}

// The end of a transaction always has room: what it holds up cannot be compacted.
Result<void> Node::check_room(const Topic& topic, const wire::RecordBatchHeader& batch) {
  if (topic.settings.deletes() || batch.control()) return {};
  const bool was_full = std::exchange(memory_was_full_, memory_is_full());
  if (!memory_was_full_) return {};
  if (!was_full) {
    log_.error(
        "memory_bytes is used up by logs that may only be compacted: they take no more records "
        "until compaction makes room; raise it, or delete topics");
  }
  compactor_.look_later();
  return Error(
             ErrorCode::kResourceExhausted,
             concat("the broker's memory is full, and topic '", topic.name,
                    "' is compacted, so none of its records may be dropped: raise memory_bytes, or "
                    "delete topics"))
      .with_kafka_code(wire::kafka_code::kKafkaStorageError);
}

Result<bool> Node::compact(const PartitionLog& log, LogCleaner& cleaner) {
  const std::size_t bytes_before = log.bytes();
  auto is_over = cleaner.step();
  log_bytes_ += log.bytes() - bytes_before;
  return is_over;
}

void Node::expire_later() {
  if (expires_later_) return;
  expires_later_ = true;
  expiry_timer_ = loop_.call_after(kExpiryInterval, [this] {
    Event event(*this);
    expires_later_ = false;
    expire();
  });
}

void Node::expire() {
  bool has_more = false;
  for (auto& [id, partitions] : partitions_) {
    const Topic* topic = cluster_.topics().find(id);
    if (topic == nullptr || !topic->settings.deletes() || topic->settings.retention_ms() < 0) {
      continue;
    }
    const WallTime oldest{loop_.clock().wall().millis - topic->settings.retention_ms()};
    for (auto& [index, partition] : partitions) {
      expire(*topic, index, *partition, oldest);
      has_more = has_more || partition->log.start() < partition->log.end();
    }
  }
  if (has_more) expire_later();
}

void Node::expire(const Topic& topic, std::int32_t index, Partition& partition, WallTime oldest) {
  const auto newest = partition.log.max_timestamp();
  if (newest && newest->millis >= 0 && *newest < oldest) {
    return warn_of_what_stays(delete_records(topic, index, partition, partition.high_watermark()));
  }
  const std::size_t bytes_before = partition.log.bytes();
  warn_of_what_stays(partition.log.expire(oldest));
  log_bytes_ -= bytes_before - partition.log.bytes();
}

void Node::enforce_limits(const Topic& topic, Partition& partition) {
  note_dropped(drop_beyond_own_limit(topic, partition));
  note_dropped(drop_beyond_memory());
}

Result<bool> Node::drop_beyond_own_limit(const Topic& topic, Partition& partition) {
  if (!topic.settings.deletes()) return false;
  const std::int64_t own_limit = topic.settings.retention_bytes();
  const std::uint64_t limit =
      own_limit >= 0 ? static_cast<std::uint64_t>(own_limit) : to_uint(options_.retention_bytes);
  if (own_limit < 0 && limit == 0) return false;
  const std::size_t bytes_before = partition.log.bytes();
  auto dropped = partition.log.trim(limit);
  log_bytes_ -= bytes_before - partition.log.bytes();
  return dropped;
}

Result<bool> Node::drop_beyond_memory() {
  bool dropped = false;
  while (log_bytes_ > to_uint(options_.memory_bytes)) {
    Partition* largest = largest_to_drop_from();
    if (largest == nullptr) break;
    const std::size_t before = largest->log.bytes();
    WEIR_ASSIGN_OR_RETURN(const bool dropped_one, largest->log.drop_oldest_chunk());
    if (!dropped_one) break;
    log_bytes_ -= before - largest->log.bytes();
    dropped = true;
  }
  return dropped;
}

void Node::note_dropped(const Result<bool>& dropped) {
  if (!dropped.ok()) return warn_of_what_stays(dropped.error());
  if (*dropped && !dropped_records_) {
    dropped_records_ = true;
    log_.info("the logs have reached their limit: the oldest records are being dropped");
  }
}

void Node::warn_of_what_stays(const Result<void>& removed) const {
  if (removed.ok()) return;
  log_.warning(
      concat("old records cannot be removed and take memory on: ", removed.error().message()));
}

Partition* Node::largest_to_drop_from() {
  Partition* largest = nullptr;
  for (auto& [id, partitions] : partitions_) {
    const Topic* topic = cluster_.topics().find(id);
    if (topic == nullptr || !topic->settings.deletes()) continue;
    for (auto& [index, partition] : partitions) {
      if (!largest || partition->log.bytes() > largest->log.bytes()) largest = partition.get();
    }
  }
  return largest;
}

}  // namespace weir::broker
