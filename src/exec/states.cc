#include "exec/states.h"

namespace weir::exec {

PartitionState& States::open(StateIndex index, PartitionId partition, const StateTimes& times) {
  Held& held = held_[{index, partition}];
  if (!held.state) {
    const plan::NamedState& named = graph_.stateful()[static_cast<std::size_t>(index)];
    const auto stored = stored_->find(named.name);
    held.state = named.op->make_state(partition, times.batch,
                                      stored == stored_->end() ? nullptr : &stored->second);
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
