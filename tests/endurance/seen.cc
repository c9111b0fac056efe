#include "seen.h"

namespace weir {

void Seen::expect(int round) {
  const std::lock_guard lock(mutex_);
  round_ = std::to_string(round) + " ";
  seen_.clear();
}

void Seen::note(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (round_.empty() || !text.starts_with(round_)) return;
  seen_.emplace(text);
  changed_.notify_all();
}

bool Seen::await(std::size_t partitions, Duration limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return seen_.size() >= partitions; });
}

}  // namespace weir
