#include "stream/batch_clock.h"

#include <algorithm>

namespace weir::stream {

namespace {
std::int64_t micros(WallTime time) { return time.millis * 1000; }
}  // namespace

void BatchClock::start(WallTime wall, TimePoint now) {
  if (!has_ticks()) return;
  next_tick_ = (micros(wall) / step_micros() + 1) * step_micros();
  due_at_ = now + std::chrono::microseconds(next_tick_ - micros(wall));
}

Duration BatchClock::until_next(TimePoint now) const {
  return std::max(Duration::zero(), due_at_ - now);
}

BatchTime BatchClock::take_tick(WallTime wall, TimePoint now) {
  if (!has_ticks()) return take_now(wall);
  const BatchTime tick = later_than_last(next_tick_);
  next_tick_ += step_micros();
  due_at_ += step_;
  // Where the wall clock would stand now, had nobody set it.
  const std::int64_t expected = next_tick_ - (due_at_ - now) / std::chrono::microseconds(1);
  if (micros(wall) - expected > step_micros()) start(wall, now);
  return tick;
}

BatchTime BatchClock::take_now(WallTime wall) { return later_than_last(micros(wall)); }

BatchTime BatchClock::later_than_last(std::int64_t at) {
  last_ = std::max(at, last_ + 1);
  return BatchTime{last_};
}

}  // namespace weir::stream
