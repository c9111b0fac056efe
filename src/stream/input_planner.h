#pragma once

#include <vector>

#include "exec/batch_run.h"
#include "plan/graph.h"
#include "stream/batch_size.h"
#include "stream/input_rates.h"
#include "stream/planner.h"
#include "stream/rate_limit.h"
#include "stream/returned_input.h"

namespace weir::stream {

/// Decides what each batch reads: offers plan_batch() what the sources have read ahead, and takes
/// from them what it chose. A batch that overran its memory is given back: the next ones read the
/// same again, in smaller parts, before anything else. Owned by the driver, on its loop.
class InputPlanner {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    const std::vector<plan::Stage>* stages = nullptr;
    std::size_t source_bytes = 0;  ///< what a batch may read of one source
  };
  InputPlanner(const Setup& setup, BatchSize size, RateLimit rate, InputRates rates);

  /// Takes the next batch's input; empty slices where there is nothing to take.
  exec::BatchRun::Input take_next(TimePoint now, Occasion occasion);
  /// What sources may give follows the batches that were committed.
  InputRates& rates() { return rates_; }

  /// There was more than the last input holds, so another batch can begin at once.
  bool has_more() const { return has_more_ || has_returned(); }
  /// There was more than the rate allowed.
  bool held_by_rate() const { return held_by_rate_; }

  /// Learns from a batch that has run within its memory.
  void learn_from(const exec::BatchRun& batch);
  /// Takes the input of a batch that overran its memory back. False where that is one record, of
  /// which no smaller batch can be made.
  [[nodiscard]] bool give_back(const exec::BatchRun& batch);
  /// The batch was not committed in time, and is read anew: the next ones read less. False where
  /// it is one record, or none.
  bool took_too_long(const exec::BatchRun& batch);
  /// It was, in `took` of the time `allowed`.
  void was_in_time(const exec::BatchRun& batch, Duration took, Duration allowed);
  /// Some of what was given back has not been taken again.
  bool has_returned() const { return !returned_.empty(); }
  void drop_returned() { returned_.clear(); }

 private:
  std::vector<Offer> read_ahead();
  std::int64_t allowed(const RecordOrigin& origin, TimePoint now,
                       const InputRates::Allowed& limits);
  void take_from_sources(const exec::BatchRun::Input& input);

  Setup setup_;
  BatchSize size_;
  RateLimit rate_;
  InputRates rates_;
  ReturnedInput returned_;
  std::size_t turn_ = 0;
  bool has_more_ = false;
  bool held_by_rate_ = false;
};

}  // namespace weir::stream
