#include "stream/batch_history.h"

namespace weir::stream {

exec::BatchTimes BatchHistory::take(BatchTime name, bool is_part) {
  const exec::BatchTimes times{.name = name,
                               .follows = last_.name,
                               .committed = committed_.name,
                               .at = part_of_.value_or(name),
                               .before = last_.before,
                               .completes = !is_part};
  last_ = {name, ended_until(times)};
  under_way_.push_back(last_);
  part_of_.reset();
  if (is_part) part_of_ = times.at;
  return times;
}

void BatchHistory::withdraw(const exec::BatchTimes& times) {
  last_ = {times.follows, times.before};
  under_way_.pop_back();
  part_of_ = times.at;
}

void BatchHistory::on_committed(const exec::BatchTimes& times) {
  committed_ = {times.name, ended_until(times)};
  under_way_.pop_front();
}

void BatchHistory::rewind(BatchTime committed) {
  for (const Point& point : under_way_) {
    if (point.name == committed) committed_ = point;
  }
  last_ = committed_;
  under_way_.clear();
  part_of_.reset();
}

}  // namespace weir::stream
