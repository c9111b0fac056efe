#pragma once

#include <optional>

#include "weir/types.h"

namespace weir::stream {

/// Says when batches are due and what they are called. With an interval, batches are due at its
/// multiples and named by them; without one, a batch is due whenever there is data. A pure machine;
/// time is given to it.
class BatchClock {
 public:
  explicit BatchClock(Duration interval) : interval_micros_(interval.count() / 1000) {}

  bool has_interval() const { return interval_micros_ > 0; }
  /// Begins to count at `now`; the first tick is the next multiple.
  void start(WallTime now);
  /// True when a tick has come that has had no batch yet. Always true without an interval.
  bool due(WallTime now) const;
  /// How long until the next tick.
  Duration until_next(WallTime now) const;
  /// The name of the batch that begins now: the tick it answers, or, for an extra batch between
  /// ticks and without an interval, the time itself; always later than the last one.
  BatchTime take_tick(WallTime now);
  BatchTime take_now(WallTime now);

 private:
  BatchTime later_than_last(std::int64_t micros);
  std::int64_t interval_micros_;
  std::int64_t next_tick_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace weir::stream
