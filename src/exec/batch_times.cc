#include "exec/batch_times.h"

namespace weir::exec {

namespace {

/// The multiple of `slide` at or before `time`.
BatchTime last_multiple(Duration slide, BatchTime time) {
  const std::int64_t step = slide / std::chrono::microseconds(1);
  const std::int64_t rest = time.micros % step;
  return {time.micros - (rest < 0 ? rest + step : rest)};
}

}  // namespace

bool BatchTimes::ends(Duration slide) const {
  if (slide == Duration::zero()) return true;
  return completes && end(slide) > before;
}

BatchTime BatchTimes::end(Duration slide) const {
  return slide == Duration::zero() ? name : last_multiple(slide, at);
}

BatchTime BatchTimes::previous_end(Duration slide) const {
  return slide == Duration::zero() ? follows : last_multiple(slide, before);
}

BatchTime BatchTimes::read_at(Duration slide) const {
  return slide == Duration::zero() ? name : at;
}

}  // namespace weir::exec
