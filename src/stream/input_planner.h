#pragma once

#include <vector>

#include "exec/batch_run.h"
#include "plan/graph.h"
#include "stream/rate_limit.h"

namespace weir::stream {

/// Decides what each batch reads: asks plan_batch() for every source and takes from the sources
/// what it chose. Owned by the driver, on its loop.
class InputPlanner {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    const std::vector<plan::Stage>* stages = nullptr;
    std::size_t batch_bytes = 0;  ///< of one source
  };
  InputPlanner(const Setup& setup, RateLimit rate);

  /// Takes the next batch's input; empty slices where there is nothing to take.
  exec::BatchRun::Input take_next(TimePoint now);

  /// There was more than the last input holds, so another batch can begin at once.
  bool has_more() const { return has_more_; }
  /// There was more than the rate allowed.
  bool held_by_rate() const { return held_by_rate_; }

 private:
  Setup setup_;
  RateLimit rate_;
  bool has_more_ = false;
  bool held_by_rate_ = false;
};

}  // namespace weir::stream
