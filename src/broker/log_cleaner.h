#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/batch_compactor.h"
#include "broker/partition_log.h"
#include "broker/producer_sequences.h"
#include "broker/transaction_index.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::broker {

/// Which part of a log can be compacted, and whether that is worth it: Kafka's bookkeeping. What
/// lies before `dirty` was compacted before; what lies from it to `end`, where a chunk ends, was
/// not.
struct CleanableRange {
  Offset dirty;
  Offset end;
  std::size_t clean_bytes = 0;
  std::size_t dirty_bytes = 0;
  /// Whether there is something dirty, be it too young as yet.
  bool has_dirty_chunks = false;
  /// The time of the oldest of the dirty chunks, nothing where they have none.
  std::optional<WallTime> oldest;

  /// How much of it is dirty, from 0 to 1.
  double ratio() const;
};

/// Which dirty chunks are not compacted, nor those behind them.
struct Uncleanable {
  /// Those with records younger than this.
  WallTime youngest{std::numeric_limits<std::int64_t>::max()};
  /// Those with records at this offset or behind it: they may be lost yet, or be aborted.
  Offset from{std::numeric_limits<std::int64_t>::max()};
};

/// `clean_end` is where the last compaction ended. The newest chunk is never compacted.
CleanableRange cleanable_range(const PartitionLog& log, Offset clean_end,
                               const Uncleanable& uncleanable);

/// Compacts a log once, in small steps: notes the newest offset of each key in the dirty part, then
/// writes the log anew from its start up to the end of that part, a run of chunks at a time.
/// Offsets stay what they are, and each run takes the place of its chunks at once. As in Kafka, the
/// last batch of each idempotent producer stays, be it without records; so do the last of each run
/// and the first of each leader epoch, by which the log knows where it ends and what its epochs
/// are. Records of aborted transactions go; the end of a transaction stays while there are batches
/// of it, or no later end of its producer's, and then as long as a tombstone. Keys that do not fit
/// into memory end the dirty part early; the next compaction goes on there. Owned by its Node; one
/// thread. Between the steps the log may grow, and lose its oldest chunks.
class LogCleaner {
 public:
  struct Terms {
    CleanableRange range;
    WallTime now;
    std::int64_t delete_retention = 0;  ///< how long tombstones stay, in milliseconds
    std::size_t key_bytes = 16 * 1024 * 1024;
    std::size_t bytes_a_step = 256 * 1024;
  };
  /// `log`, and what is known of its batches, must outlive the cleaner.
  LogCleaner(PartitionLog& log, const ProducerSequences& producers, TransactionIndex& transactions,
             const Terms& terms);

  /// Does the next step; returns whether that was the last. After a failure, as a rule of files, it
  /// is over; what was compacted until then stays.
  Result<bool> step();
  /// How far the log is clean now; known once all steps are done.
  Offset clean_end() const { return clean_end_; }

 private:
  /// Chunks that become one.
  struct Run {
    Offset begin;
    Offset end;
    std::set<std::int64_t> open;         ///< whose transactions reach into it
    std::vector<Offset> dropped_ends{};  ///< of transactions
  };
  static constexpr std::size_t kBytesOfARun = PartitionLog::kLargestChunk;

  template <class Visit>
  Result<void> walk(Offset end, Visit visit);
  Result<void> note_keys();
  bool begin_run();
  bool is_aborted(const wire::RecordBatchHeader& batch) const;
  Result<std::size_t> compact(const wire::RecordBatchView& batch);
  bool must_stay(const wire::RecordBatchView& end) const;
  Result<std::size_t> compact_end(const wire::RecordBatchView& end, bool keep);
  Result<void> put_in_place();

  PartitionLog& log_;
  const ProducerSequences& producers_;
  TransactionIndex& transactions_;
  const Terms terms_;
  BatchCompactor compactor_;
  bool notes_keys_ = true;
  Offset at_;                   // the next batch begins here or behind it
  Offset clean_end_;            // what lies before it can be compacted by the keys that were noted
  std::size_t bytes_left_ = 0;  // of the step
  std::optional<Run> run_;
  std::string written_;          // what takes the run's place
  std::set<std::int64_t> open_;  // producers with batches of transactions whose end is not read yet
  std::int32_t epoch_ = -1;
};

}  // namespace weir::broker
