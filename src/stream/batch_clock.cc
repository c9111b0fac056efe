#include "stream/batch_clock.h"

#include <algorithm>

namespace weir::stream {

namespace {
std::int64_t micros(WallTime time) { return time.millis * 1000; }
std::int64_t micros(Duration time) { return time / std::chrono::microseconds(1); }

std::int64_t next_multiple(Duration step, std::int64_t after) {
  return (after / micros(step) + 1) * micros(step);
}
}  // namespace

void BatchClock::go_on_after(BatchTime batch, BatchTime ended_until) {
  last_ = std::max({last_, batch.micros, ended_until.micros});
  ended_until_ = ended_until.micros;
  held_until_ = batch.micros + micros(reach_);
}

void BatchClock::start(WallTime wall, TimePoint now) {
  if (has_ticks()) go_on(wall, now);
  // A record of the very moment would belong to a window that is over.
  if (last_ == 0) last_ = micros(wall) - (slide_ > Duration::zero() ? 0 : 1);
}

/// The next tick is the first window's end that is to be caught up with, or, without one, the next
/// multiple.
void BatchClock::go_on(WallTime wall, TimePoint now) {
  if (slide_ > Duration::zero()) {
    next_tick_ = next_multiple(slide_, ended_until_);
    catches_up_ = next_tick_ <= std::min(held_until_, micros(wall));
  }
  if (catches_up_) {
    due_at_ = now;
    return;
  }
  // Where the wall clock is behind the last batch, time goes on from that.
  const std::int64_t since = std::max(micros(wall), last_);
  next_tick_ = next_multiple(step_, since);
  due_at_ = now + std::chrono::microseconds(next_tick_ - since);
}

void BatchClock::rewind(BatchTime batch, BatchTime ended_until, WallTime wall, TimePoint now) {
  if (slide_ == Duration::zero()) return;
  last_ = 0;
  go_on_after(batch, ended_until);
  go_on(wall, now);
}

bool BatchClock::follow(WallTime wall, TimePoint now) {
  if (!has_ticks() || catches_up_) return false;
  // Where the wall clock would stand now, had nobody set it.
  const std::int64_t expected = next_tick_ - micros(due_at_ - now);
  if (micros(wall) - expected <= micros(step_)) return false;
  if (last_ > 0) go_on_after({last_}, {last_});
  go_on(wall, now);
  return true;
}

Duration BatchClock::until_next(TimePoint now) const {
  return std::max(Duration::zero(), due_at_ - now);
}

BatchTime BatchClock::take_tick(WallTime wall, TimePoint now) {
  if (!has_ticks()) return take_now(wall);
  const BatchTime tick = later_than_last(next_tick_);
  if (catches_up_) {
    ended_until_ = next_tick_;
    go_on(wall, now);
    return tick;
  }
  next_tick_ += micros(step_);
  due_at_ += step_;
  return tick;
}

void BatchClock::skip_missed(TimePoint now) {
  if (!due(now) || catches_up_) return;
  std::int64_t missed = (now - due_at_) / step_;
  if (slide_ > Duration::zero()) {
    const std::int64_t end = next_multiple(slide_, next_tick_ - 1);
    missed = std::min(missed, (end - next_tick_) / micros(step_));
  }
  next_tick_ += missed * micros(step_);
  due_at_ += missed * step_;
}

BatchTime BatchClock::take_now(WallTime wall) {
  // Not before the last tick, wherever the wall clock was set: windows end with the next one.
  return later_than_last(std::max(micros(wall), next_tick_ - micros(step_)));
}

BatchTime BatchClock::later_than_last(std::int64_t at) {
  last_ = std::max(at, last_ + 1);
  return BatchTime{last_};
}

}  // namespace weir::stream
