#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// What a partition knows of the transactions in its log: which are open, so that who reads
/// committed records stops before them, and which were aborted, so that it can leave them out.
/// All of it follows from the log's batches. Owned by its Partition; one thread.
class TransactionIndex {
 public:
  /// A transaction that was aborted, as far as this partition goes.
  struct Aborted {
    std::int64_t producer_id = -1;
    Offset first;   ///< of its records
    Offset marker;  ///< where its end was written
  };

  /// Takes note of a batch that was appended at `base`, its control record's type if it is a
  /// marker.
  void record(const wire::RecordBatchHeader& batch, Offset base,
              std::optional<wire::ControlType> marker);

  bool is_open(std::int64_t producer_id) const { return open_.contains(producer_id); }
  /// Where the producer's open transaction begins; nothing where it has none.
  std::optional<Offset> begin_of(std::int64_t producer_id) const;
  /// The last stable offset of a log that can be read up to `end`: what lies before it belongs to
  /// no open transaction.
  Offset stable_end(Offset end) const;
  bool has_aborted() const { return !aborted_.empty(); }
  /// The aborted transactions with records or a marker in [from, to), by their markers' offsets.
  std::vector<Aborted> aborted_in(Offset from, Offset to) const;
  /// Forgets the aborted transaction that ended at `marker`: nothing of it is left, not even that.
  void forget_aborted(Offset marker);
  /// Forgets aborted transactions of which nothing is left in a log that starts at `start`.
  void forget_before(Offset start);

 private:
  std::map<std::int64_t, Offset> open_;  // by producer: where its transaction begins
  std::deque<Aborted> aborted_;          // by marker
};

}  // namespace weir::broker
