#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "plan/graph.h"
#include "weir/task_context.h"

namespace weir::exec {

/// Counts what the stateful operators of all workers remember. Thread-safe.
class StateMemory {
 public:
  explicit StateMemory(std::size_t limit) : limit_(limit) {}
  void change(std::size_t before, std::size_t now) { bytes_ += now - before; }
  std::size_t bytes() const { return bytes_; }
  bool is_spent() const { return bytes_ > limit_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> bytes_{0};
};

/// What is known of states from before the start, by name, until each partition has begun with
/// what is its own. Shared by all workers; thread-safe.
class StoredStates {
 public:
  explicit StoredStates(std::map<std::string, detail::StoredState> states);

  /// Makes what is remembered of a partition at first; to be called once for each.
  std::unique_ptr<PartitionState> make_state(const plan::NamedState& named, PartitionId partition,
                                             BatchTime now);
  /// How many keys are still held.
  std::size_t size() const;

 private:
  struct Stored {
    detail::StoredState state;
    std::int32_t begun = 0;  // partitions
  };
  mutable Mutex mutex_;  // of Stored::begun; a state changes only once all have begun
  std::map<std::string, Stored> by_name_;
};

/// What stateful operators remember of one worker's partitions. Owned by the worker, used by its
/// thread.
class States {
 public:
  States(const plan::Graph& graph, std::shared_ptr<StateMemory> memory)
      : graph_(graph), memory_(std::move(memory)) {}

  /// Before the first batch.
  void restore(std::shared_ptr<StoredStates> stored) { stored_ = std::move(stored); }
  PartitionState& open(StateIndex index, PartitionId partition, const StateTimes& times);
  /// To be called when a task has used it. False where all states together need more memory than
  /// they may.
  [[nodiscard]] bool recount(StateIndex index, PartitionId partition);

 private:
  struct Held {
    std::unique_ptr<PartitionState> state;
    std::size_t counted = 0;
  };
  const plan::Graph& graph_;
  std::shared_ptr<StateMemory> memory_;   // shared with the other workers and the driver
  std::shared_ptr<StoredStates> stored_;  // shared with them too; null where nothing was restored
  std::map<std::pair<StateIndex, PartitionId>, Held> held_;
};

}  // namespace weir::exec
