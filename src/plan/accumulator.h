#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "weir/accumulator.h"

namespace weir::plan {

/// What one task has added to accumulators. Belongs to the task; merged into the sums only when the
/// task has succeeded.
class AccumulatorDeltas {
 public:
  void add(const std::shared_ptr<detail::AccumulatorCell>& cell, std::int64_t delta) {
    delta_of(cell).integer += delta;
  }
  void add(const std::shared_ptr<detail::AccumulatorCell>& cell, double delta) {
    delta_of(cell).real += delta;
  }
  /// Adds everything to the accumulators' values. Thread-safe towards other deltas.
  void publish() const;

 private:
  struct Delta {
    std::shared_ptr<detail::AccumulatorCell> cell;  // shared: a handle may be all that is left
    std::int64_t integer = 0;
    double real = 0;
  };
  Delta& delta_of(const std::shared_ptr<detail::AccumulatorCell>& cell) {
    for (Delta& delta : deltas_) {
      if (delta.cell == cell) return delta;
    }
    return deltas_.emplace_back(Delta{cell});
  }
  std::vector<Delta> deltas_;
};

}  // namespace weir::plan
