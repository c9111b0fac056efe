#pragma once

#include <algorithm>
#include <cstdint>

#include "weir/types.h"

namespace weir::stream {

/// Says when batches are due and what they are called. With an interval, batches are due once an
/// interval, at the multiples of it on the wall clock, and named by them; without one, a batch is
/// due whenever there is data, and whenever a window ends: at the multiples of `slide`. A wall
/// clock that is set forward takes the names with it; one that is set back does not hold up
/// batches: their names go on from the last until it has caught up. A pure machine; time is given
/// to it.
class BatchClock {
 public:
  explicit BatchClock(Duration interval, Duration slide = Duration::zero())
      : has_interval_(interval > Duration::zero()), step_(has_interval_ ? interval : slide) {}

  bool has_interval() const { return has_interval_; }
  bool has_ticks() const { return step_ > Duration::zero(); }
  /// Begins to count; the first tick is the next multiple.
  void start(WallTime wall, TimePoint now);
  /// Names are to be later than that of this batch.
  void go_on_after(BatchTime batch) { last_ = std::max(last_, batch.micros); }
  /// True when a tick has come that has had no batch yet: one must come, even if it is empty.
  bool due(TimePoint now) const { return has_ticks() && now >= due_at_; }
  /// How long until the next tick.
  Duration until_next(TimePoint now) const;
  /// The name of the batch that begins now: the tick it answers, or, for an extra batch between
  /// ticks and without an interval, the time itself; always later than the last one.
  BatchTime take_tick(WallTime wall, TimePoint now);
  BatchTime take_now(WallTime wall);

 private:
  BatchTime later_than_last(std::int64_t micros);
  std::int64_t step_micros() const { return step_ / std::chrono::microseconds(1); }

  const bool has_interval_;
  const Duration step_;         // between ticks
  std::int64_t next_tick_ = 0;  // its name, in microseconds of the wall clock
  TimePoint due_at_{};
  std::int64_t last_ = 0;
};

}  // namespace weir::stream
