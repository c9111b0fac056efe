#include "broker/epoch_history.h"

#include <algorithm>

namespace weir::broker {

void EpochHistory::begin(std::int32_t epoch, Offset from) {
  if (!entries_.empty() && entries_.back().epoch >= epoch) return;
  cut(from);
  entries_.push_back({epoch, from});
}

void EpochHistory::cut(Offset end) {
  while (!entries_.empty() && entries_.back().from >= end) entries_.pop_back();
}

void EpochHistory::forget_before(Offset start) {
  const auto next = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const Entry& e) { return e.from > start; });
  if (next == entries_.begin()) return;
  const auto first = std::prev(next);
  first->from = start;
  entries_.erase(entries_.begin(), first);
}

EpochHistory::End EpochHistory::end_of(std::int32_t epoch, Offset log_end) const {
  if (entries_.empty() || epoch < 0 || epoch > entries_.back().epoch) return {};
  const auto later = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& e) { return e.epoch > epoch; });
  if (later == entries_.end()) return {epoch, log_end};
  return {later == entries_.begin() ? epoch : std::prev(later)->epoch, later->from};
}

std::int32_t EpochHistory::epoch_at(Offset offset) const {
  const auto later = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& e) { return e.from > offset; });
  return later == entries_.begin() ? -1 : std::prev(later)->epoch;
}

}  // namespace weir::broker
