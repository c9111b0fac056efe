#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "weir/accumulator.h"

namespace weir::plan {

/// What a task, or all tasks of a batch, have added to accumulators. A value; becomes part of the
/// sums only when the batch is committed.
class AccumulatorDeltas {
 public:
  struct Delta {
    std::shared_ptr<detail::AccumulatorCell> cell;  // shared: a handle may be all that is left
    std::int64_t integer = 0;
    double real = 0;
  };

  void add(const std::shared_ptr<detail::AccumulatorCell>& cell, std::int64_t delta) {
    delta_of(cell).integer += delta;
  }
  void add(const std::shared_ptr<detail::AccumulatorCell>& cell, double delta) {
    delta_of(cell).real += delta;
  }
  void merge(const AccumulatorDeltas& other);
  /// Adds everything to the accumulators' values. Thread-safe towards other deltas.
  void publish() const;
  const std::vector<Delta>& all() const { return deltas_; }

 private:
  Delta& delta_of(const std::shared_ptr<detail::AccumulatorCell>& cell) {
    for (Delta& delta : deltas_) {
      if (delta.cell == cell) return delta;
    }
    return deltas_.emplace_back(Delta{cell});
  }
  std::vector<Delta> deltas_;
};

}  // namespace weir::plan
