#pragma once

#include <algorithm>
#include <cstdint>

#include "weir/types.h"

namespace weir::stream {

/// Says when batches are due and what they are called. With an interval, batches are due once an
/// interval, at the multiples of it on the wall clock, and named by them; without one, a batch is
/// due whenever there is data, and whenever a window ends: at the multiples of `slide`. A wall
/// clock that is set forward takes the names with it; one that is set back does not hold up
/// batches: their names go on from the last until it has caught up. Windows that ended meanwhile,
/// or while there was no process, are caught up with: each has its batch, as long as it may have
/// records. A pure machine; time is given to it.
class BatchClock {
 public:
  /// `reach`: how long after a batch windows have its records.
  explicit BatchClock(Duration interval, Duration slide = Duration::zero(),
                      Duration reach = Duration::zero())
      : has_interval_(interval > Duration::zero()),
        step_(has_interval_ ? interval : slide),
        slide_(slide),
        reach_(reach) {}

  bool has_interval() const { return has_interval_; }
  bool has_ticks() const { return step_ > Duration::zero(); }
  /// Begins to count; the first tick is the next multiple.
  void start(WallTime wall, TimePoint now);
  /// To be called before start(). Names are to be later than that of this batch; windows have ended
  /// up to `ended_until`.
  void go_on_after(BatchTime batch, BatchTime ended_until);
  /// All batches after this one are given up: windows that ended since are caught up with, and
  /// names follow its name.
  void rewind(BatchTime batch, BatchTime ended_until, WallTime wall, TimePoint now);
  /// To be called before the others: notices that the wall clock was set forward. True where it
  /// was, and the next tick is another one.
  bool follow(WallTime wall, TimePoint now);
  /// True when a tick has come that has had no batch yet: one must come, even if it is empty.
  bool due(TimePoint now) const { return has_ticks() && now >= due_at_; }
  /// True while the next tick is the end of a window that nobody was there to end.
  bool catches_up() const { return catches_up_; }
  /// How long until the next tick.
  Duration until_next(TimePoint now) const;
  /// The batch that begins now is that of all ticks that have passed, up to the next one with which
  /// a window ends.
  void skip_missed(TimePoint now);
  /// The name of the batch that begins now: the tick it answers, or, for an extra batch between
  /// ticks and without an interval, the time itself; always later than the last one.
  BatchTime take_tick(WallTime wall, TimePoint now);
  BatchTime take_now(WallTime wall);

 private:
  void go_on(WallTime wall, TimePoint now);
  BatchTime later_than_last(std::int64_t micros);

  const bool has_interval_;
  const Duration step_;  // between ticks
  const Duration slide_;
  const Duration reach_;
  std::int64_t next_tick_ = 0;  // its name, in microseconds of the wall clock
  TimePoint due_at_{};
  std::int64_t last_ = 0;
  std::int64_t ended_until_ = 0;  // windows, before what is to be caught up with
  std::int64_t held_until_ = 0;   // there are records in windows that end by then
  bool catches_up_ = false;
};

}  // namespace weir::stream
