#include "stream/batch_clock.h"

#include <algorithm>

namespace weir::stream {

namespace {
std::int64_t micros(WallTime time) { return time.millis * 1000; }
}  // namespace

void BatchClock::start(WallTime now) {
  if (has_interval()) next_tick_ = (micros(now) / interval_micros_ + 1) * interval_micros_;
}

bool BatchClock::due(WallTime now) const { return !has_interval() || micros(now) >= next_tick_; }

Duration BatchClock::until_next(WallTime now) const {
  return std::chrono::microseconds(std::max<std::int64_t>(0, next_tick_ - micros(now)));
}

BatchTime BatchClock::take_tick(WallTime now) {
  if (!has_interval()) return take_now(now);
  const std::int64_t tick = next_tick_;
  next_tick_ += interval_micros_;
  return later_than_last(tick);
}

BatchTime BatchClock::take_now(WallTime now) { return later_than_last(micros(now)); }

BatchTime BatchClock::later_than_last(std::int64_t at) {
  last_ = std::max(at, last_ + 1);
  return BatchTime{last_};
}

}  // namespace weir::stream
