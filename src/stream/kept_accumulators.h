#pragma once

#include <cstdint>
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

  /// The sums that a batch changes, as they are once it is committed.
  std::vector<plan::KeptValue> after(const plan::AccumulatorDeltas& added);
  /// The batch that after() was last asked about is committed.
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
    Sum next;  // once the batch under way is
  };
  /// Null for one of another context.
  Entry* find(const detail::AccumulatorCell& cell);

  std::vector<Entry> entries_;
};

}  // namespace weir::stream
