#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// Whole record batches of one partition, lying in memory that stays while this lives.
struct LogSlice {
  Buffer pin;
  std::string_view bytes;
};

/// A contiguous run of record batches: what a partition's log is made of, and drops as one.
/// Append-only: bytes once written do not change, so slices of it can be sent while it grows.
/// Owned by its PartitionLog; one thread.
class LogChunk {
 public:
  LogChunk(Buffer memory, Offset base_offset);

  Offset base_offset() const { return base_offset_; }
  /// The offset behind the last batch; base_offset() where there is none.
  Offset end() const { return end_; }
  std::size_t size() const { return memory_.size(); }
  /// All batches. Valid while the chunk lives.
  std::string_view view() const { return memory_.view(); }
  std::size_t capacity() const { return memory_.capacity(); }
  std::size_t room() const { return capacity() - size(); }
  /// Whether any batch has records: compaction can leave some that have none.
  bool has_records() const { return has_records_; }
  /// The newest timestamp of the records in the batches from the one that holds `from` on, -1 where
  /// there are none.
  WallTime max_timestamp(Offset from) const;
  /// The newest timestamp of the first batch, -1 where there is none.
  WallTime first_timestamp() const;

  /// Copies a batch behind the end and returns the copy, which does not belong to the chunk yet:
  /// the next place() writes over it. The caller has checked that there is room.
  char* place(std::string_view batch);
  /// Takes in the batch that was placed last, which has its offsets by now: they are at or behind
  /// end().
  void take_in();

  /// Returns the batches from the one that holds `from` on, whole ones only: as many as fit into
  /// `max_bytes`, and at least one. Empty if all of the chunk lies before `from`.
  LogSlice read(Offset from, std::size_t max_bytes) const;

  /// Returns the first batch with a record at or behind `time`, from the one that holds `from` on.
  std::optional<wire::RecordBatchView> first_batch_since(WallTime time, Offset from) const;

 private:
  /// Where some batches begin: one for every kIndexInterval bytes, so that small batches cost no
  /// more memory than large ones.
  struct IndexEntry {
    Offset base_offset;
    std::size_t position;
  };
  static constexpr std::size_t kIndexInterval = 4096;

  std::size_t position_of(Offset from) const;
  std::size_t last_end_within(std::size_t begin, std::size_t limit) const;

  Buffer memory_;
  Offset base_offset_;
  Offset end_;
  bool has_records_ = false;
  WallTime max_timestamp_{-1};
  std::vector<IndexEntry> index_;
};

}  // namespace weir::broker
