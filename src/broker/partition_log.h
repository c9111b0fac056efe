#pragma once

#include <deque>
#include <optional>

#include "base/buffer.h"
#include "broker/log_chunk.h"
#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// The log of one partition, in memory: record batches as they came, in chunks that grow with the
/// log from small to large, so that an idle partition is cheap and a busy one has few chunks.
/// Owned by its Partition; one thread.
class PartitionLog {
 public:
  /// `pool` gives the chunks' memory and must outlive the log.
  explicit PartitionLog(BufferPool& pool) : pool_(pool) {}

  /// The first offset that can be read.
  Offset start() const { return start_; }
  /// The offset that the next record gets.
  Offset end() const { return end_; }
  /// How much memory the chunks take.
  std::size_t bytes() const { return bytes_; }

  /// Appends one valid batch; its offsets are set to begin at end(), its leader epoch to
  /// `leader_epoch`. Returns its first offset.
  Offset append(const wire::RecordBatchView& batch, std::int32_t leader_epoch);

  /// Returns whole batches from the one that holds `from` on: as many as fit into `max_bytes`, but
  /// at least one, and never from more than one chunk. Empty at the end. `from` is within
  /// [start(), end()].
  LogSlice read(Offset from, std::size_t max_bytes) const;
  /// True when read(from) ends with its chunk while the log goes on behind it.
  bool read_is_cut_by_chunk(Offset from) const;

  /// Returns the first batch with a record at or behind `time`, from the one that holds `from` on.
  /// A view: valid until the log changes.
  std::optional<wire::RecordBatchView> first_batch_since(WallTime time, Offset from) const;
  /// The newest timestamp of the batches in the log; nothing in an empty log.
  std::optional<WallTime> max_timestamp() const;

  /// Drops the oldest records, chunk by chunk, while the rest still takes `limit` bytes or more;
  /// the newest chunk stays. Returns whether anything was dropped. From now on no chunk is made
  /// that is much larger than the limit allows: a log that is trimmed stays near its limit.
  bool trim(std::size_t limit);
  /// Drops the oldest chunk, if there are two or more; returns whether it did.
  bool drop_oldest_chunk();
  /// Makes `start` the first offset that can be read, unless it is so already or lies behind us,
  /// and frees the chunks that lie before it as a whole. `start` is not beyond end().
  void advance_start(Offset start);

 private:
  static constexpr std::size_t kSmallestChunk = 64 * 1024;
  static constexpr std::size_t kLargestChunk = 4 * 1024 * 1024;

  LogChunk& chunk_with_room(std::size_t size);
  std::deque<LogChunk>::const_iterator chunk_of(Offset offset) const;

  BufferPool& pool_;
  Offset start_;
  Offset end_;
  std::size_t bytes_ = 0;
  std::size_t largest_chunk_ = kLargestChunk;
  std::deque<LogChunk> chunks_;
};

}  // namespace weir::broker
