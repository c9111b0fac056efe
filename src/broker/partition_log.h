#pragma once

#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "base/buffer.h"
#include "broker/log_chunk.h"
#include "broker/segment_files.h"
#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// The log of one partition, in memory: record batches as they came, in chunks that grow with the
/// log from small to large, so that an idle partition is cheap and a busy one has few chunks.
/// Where it has files, each chunk is a segment of them too, written first and removed with it.
/// Owned by its Partition; one thread.
class PartitionLog {
 public:
  static constexpr std::size_t kLargestChunk = 4 * 1024 * 1024;

  /// `pool` gives the chunks' memory and must outlive the log. Without `files` all ends with the
  /// process.
  explicit PartitionLog(BufferPool& pool, std::unique_ptr<SegmentFiles> files = nullptr)
      : pool_(pool), files_(std::move(files)) {}

  /// When a chunk ends though it has room: compaction leaves the newest chunk alone, and records
  /// are dropped by chunks.
  struct Rolling {
    std::size_t bytes = kLargestChunk;  ///< no chunk grows beyond so many, but for a larger batch
    /// How much later than a chunk's first batch one in it may be, in milliseconds.
    std::int64_t millis = std::numeric_limits<std::int64_t>::max();
  };
  /// Holds for what is appended from now on.
  void set_rolling(const Rolling& rolling) { rolling_ = rolling; }

  /// Takes in what its files hold, the newest chunks until these have `enough` bytes; comes before
  /// all else. The log begins at `start`, or behind it where its oldest chunk does.
  Result<void> recover(Offset start, std::size_t enough);

  /// The first offset that can be read.
  Offset start() const { return start_; }
  /// The offset that the next record gets.
  Offset end() const { return end_; }
  /// How much memory the chunks take.
  std::size_t bytes() const { return bytes_; }

  /// Appends one valid batch; its offsets are set to begin at end(), its leader epoch to
  /// `leader_epoch`. Returns its first offset. After a failure, of files only, nothing has changed.
  Result<Offset> append(const wire::RecordBatchView& batch, std::int32_t leader_epoch);

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

  /// Calls `visit` for each batch that the chunks hold, those before start() too.
  void for_each_batch(const std::function<void(const wire::RecordBatchView&)>& visit) const;

  /// The chunks, oldest first; each begins where the one before ends. Valid until the log changes.
  const std::deque<LogChunk>& chunks() const { return chunks_; }
  /// Puts one chunk with these batches in the place of the chunks that lie from `begin` to `end`;
  /// the newest is not among them. The last batch ends at `end`. What was read of the old ones
  /// stays readable to who has it. Returns whether there were such chunks. After a failure, of
  /// files only, nothing has changed.
  Result<bool> replace(Offset begin, Offset end, std::string_view batches);

  // Each of these fails where a file cannot be removed: its chunk stays, and those behind it.

  /// Drops the oldest records, chunk by chunk, while the rest still takes `limit` bytes or more;
  /// the newest chunk stays. Returns whether anything was dropped. From now on no chunk is made
  /// that is much larger than the limit allows: a log that is trimmed stays near its limit.
  Result<bool> trim(std::size_t limit);
  /// Drops the oldest chunks whose records are all of before `time`; the newest chunk stays.
  /// Records without a time do not grow old.
  Result<void> expire(WallTime time);
  /// Drops the oldest chunk, if there are two or more; returns whether it did.
  Result<bool> drop_oldest_chunk();
  /// Makes `start` the first offset that can be read, unless it is so already or lies behind us,
  /// and frees the chunks that lie before it as a whole. `start` is not beyond end(). Files do not
  /// tell where a log starts within its oldest chunk or without one: the caller keeps that. A
  /// failure leaves memory and files behind that could be free, but the log starts at `start`.
  Result<void> advance_start(Offset start);

  /// Drops all batches that end behind `end`, as a replica does that had them from a leader which
  /// is one no more. What was read of them stays readable to who has it. Not for a log with files.
  void cut(Offset end);

 private:
  static constexpr std::size_t kFirstChunk = 64 * 1024;
  static constexpr std::size_t kSmallestChunk = 4 * 1024;

  void take_in(const SegmentFiles::Segment& segment);
  bool takes(const LogChunk& newest, const wire::RecordBatchView& batch) const;
  Result<LogChunk*> chunk_for(const wire::RecordBatchView& batch);
  Result<void> drop_front();
  void add_chunk(std::size_t capacity, Offset base);
  void drop_back();
  std::deque<LogChunk>::const_iterator chunk_of(Offset offset) const;

  BufferPool& pool_;
  const std::unique_ptr<SegmentFiles> files_;
  Offset start_;
  Offset end_;
  std::size_t bytes_ = 0;
  std::size_t largest_chunk_ = kLargestChunk;
  Rolling rolling_;
  std::deque<LogChunk> chunks_;
};

}  // namespace weir::broker
