#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::kafka {

/// A transaction that was aborted, as a broker tells of it: whose, and where its records begin.
struct AbortedTransaction {
  std::int64_t producer_id = -1;
  Offset first;
};

/// Tells which record batches of one chunk belong to aborted transactions. It is asked of each of
/// the chunk's batches, in their order.
class AbortedFilter {
 public:
  /// `aborted` are those that the broker told with the chunk, by their first offsets; it outlives
  /// the filter.
  explicit AbortedFilter(const std::vector<AbortedTransaction>& aborted) : rest_(aborted) {}

  bool drops(const wire::RecordBatchView& batch);

 private:
  const std::vector<AbortedTransaction>& rest_;
  std::size_t begun_ = 0;             // how many have begun
  std::set<std::int64_t> producers_;  // those of them that have not ended
};

}  // namespace weir::kafka
