#include "net/timer_queue.h"

#include <vector>

namespace weir::net {

std::uint64_t TimerQueue::add(TimePoint at, std::function<void()> call, const void* owner) {
  const std::uint64_t id = ++last_id_;
  calls_.emplace(std::pair(at, id), Call{std::move(call), owner});
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

void TimerQueue::cancel_all_of(const void* owner) {
  std::vector<std::uint64_t> theirs;
  for (const auto& [key, call] : calls_) {
    if (call.owner == owner) theirs.push_back(key.second);
  }
  for (const std::uint64_t id : theirs) cancel(id);
}

std::optional<TimePoint> TimerQueue::next() const {
  if (calls_.empty()) return std::nullopt;
  return calls_.begin()->first.first;
}

std::function<void()> TimerQueue::take_due(TimePoint now) {
  if (calls_.empty() || calls_.begin()->first.first > now) return {};
  auto node = calls_.extract(calls_.begin());
  when_.erase(node.key().second);
  return std::move(node.mapped().function);
}

}  // namespace weir::net
