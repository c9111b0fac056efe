#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "plan/accumulator.h"
#include "plan/transactions.h"

namespace weir::stream {

/// The accumulators as they are kept in transactions: their sums after each batch, as text, and
/// back. Owned by the driver, on its loop.
class KeptAccumulators {
 public:
  explicit KeptAccumulators(
      const std::vector<std::shared_ptr<detail::AccumulatorCell>>& accumulators);

  /// The sums that a batch changes, as they are once it and those before it are committed.
  std::vector<plan::KeptValue> after(const plan::AccumulatorDeltas& added);
  /// Of the batches that after() was asked about, the first is committed and published.
  void on_committed();
  /// Sets the sums to what is kept. What was added outside of batches and is not kept yet, stays.
  void restore(const std::vector<plan::KeptValue>& kept);

 private:
  struct Sum {
    std::int64_t integer = 0;
    double real = 0;
  };
  struct Entry {
    std::shared_ptr<detail::AccumulatorCell> cell;
    Sum kept;  // the last one that is known to be committed
  };
  /// What a batch that is not committed adds to a sum, and makes of it.
  struct Change {
    Entry* entry = nullptr;
    Sum added;
    Sum next;
  };
  /// Null for one of another context.
  Entry* find(const detail::AccumulatorCell& cell);

  /// The sum once all batches under way are committed.
  Sum newest(const Entry& entry) const;

  std::vector<Entry> entries_;
  std::deque<std::vector<Change>> under_way_;  // by batch
};

}  // namespace weir::stream
