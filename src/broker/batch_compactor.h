#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/key_map.h"
#include "weir/result.h"
#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// Decides which records of a batch a compaction keeps, by Kafka's rules: those that are the newest
/// of their key, and a tombstone among them only until its time is over. Records without a key go.
/// A batch that holds no valid records stays as it is. Owned by its LogCleaner; one thread.
class BatchCompactor {
 public:
  /// Tombstones that a compaction sees for the first time at `now` go in one that begins
  /// `delete_retention` milliseconds later or after that.
  BatchCompactor(WallTime now, std::int64_t delete_retention, std::size_t key_bytes)
      : now_(now), delete_retention_(delete_retention), keys_(key_bytes) {}

  // These two return how many bytes they had to read: a batch can be much larger than it looks.

  /// Notes the keys of a batch that lies behind those noted before.
  std::size_t note_keys(const wire::RecordBatchView& batch);
  /// Adds to `out` what stays of a batch, which is one of those noted or lies before them. Where no
  /// record stays, that is nothing, or with `keep_empty` the batch's header alone. Fails where the
  /// rest cannot be compressed.
  Result<std::size_t> compact(const wire::RecordBatchView& batch, bool keep_empty,
                              std::string& out);

  /// The time from which on may go what a compaction sees now for the first time.
  std::int64_t delete_horizon() const;
  /// Whether no more keys should be noted.
  bool full() const { return keys_.full(); }

 private:
  bool unpack(const wire::RecordBatchView& batch);
  void choose(const wire::RecordBatchView& batch);
  bool stays(const wire::RecordBatchHeader& batch, const wire::RecordView& record) const;

  const WallTime now_;
  const std::int64_t delete_retention_;
  KeyMap keys_;
  std::string scratch_;
  std::string_view payload_;  // of the batch that was unpacked last
  // Which of its records stay, and what is known of these.
  std::vector<bool> stays_;
  bool keeps_records_ = false;
  bool keeps_all_ = false;
  bool keeps_tombstones_ = false;
};

}  // namespace weir::broker
