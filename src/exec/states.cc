#include "exec/states.h"

namespace weir::exec {

StoredStates::StoredStates(std::map<std::string, detail::StoredState> states) {
  for (auto& [name, state] : states) by_name_[name].state = std::move(state);
}

std::unique_ptr<PartitionState> StoredStates::make_state(const plan::NamedState& named,
                                                         PartitionId partition, BatchTime now) {
  const auto found = by_name_.find(named.name);
  if (found == by_name_.end()) return named.op->make_state(partition, now, nullptr);
  Stored& stored = found->second;
  auto made = named.op->make_state(partition, now, &stored.state);
  const MutexLock lock(mutex_);
  if (++stored.begun == named.op->partitions()) stored.state = {};
  return made;
}

std::size_t StoredStates::size() const {
  const MutexLock lock(mutex_);
  std::size_t keys = 0;
  for (const auto& [name, stored] : by_name_) keys += stored.state.size();
  return keys;
}

PartitionState& States::open(StateIndex index, PartitionId partition, const StateTimes& times) {
  Held& held = held_[{index, partition}];
  if (!held.state) {
    const plan::NamedState& named = graph_.stateful()[static_cast<std::size_t>(index)];
    held.state = stored_ ? stored_->make_state(named, partition, times.batch)
                         : named.op->make_state(partition, times.batch, nullptr);
  }
  held.state->begin(times);
  return *held.state;
}

bool States::recount(StateIndex index, PartitionId partition) {
  Held& held = held_.at({index, partition});
  const std::size_t before = std::exchange(held.counted, held.state->memory_bytes());
  memory_->change(before, held.counted);
  return !memory_->is_spent();
}

}  // namespace weir::exec
