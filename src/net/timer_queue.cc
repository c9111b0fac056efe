#include "net/timer_queue.h"

namespace weir::net {

std::uint64_t TimerQueue::add(TimePoint at, std::function<void()> call) {
  const std::uint64_t id = ++last_id_;
  calls_.emplace(std::pair(at, id), std::move(call));
  when_.emplace(id, at);
  return id;
}

void TimerQueue::cancel(std::uint64_t id) {
  const auto found = when_.find(id);
  if (found == when_.end()) return;
  // The call is destroyed last: what it captured may cancel other timers.
  auto call = calls_.extract({found->second, id});
  when_.erase(found);
}

std::optional<TimePoint> TimerQueue::next() const {
  if (calls_.empty()) return std::nullopt;
  return calls_.begin()->first.first;
}

std::function<void()> TimerQueue::take_due(TimePoint now) {
  if (calls_.empty() || calls_.begin()->first.first > now) return {};
  auto node = calls_.extract(calls_.begin());
  when_.erase(node.key().second);
  return std::move(node.mapped());
}

}  // namespace weir::net
