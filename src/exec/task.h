#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "exec/batch_memory.h"
#include "plan/accumulator.h"
#include "plan/graph.h"
#include "plan/io.h"
#include "weir/types.h"

/// What goes from the driver to a worker and what comes back.
namespace weir::exec {

/// What a batch tells of a state, to be written down.
enum class Keep : std::uint8_t { kChanges, kAll };

/// What a batch tells of one partition of a state: entries, as weir/state_entries.h has them.
struct StateChanges {
  StateIndex state{};
  PartitionId partition;
  bool is_all = false;
  std::string entries;
};

/// What all tasks of a batch share. Shared by the driver and the workers; immutable but for the
/// atomics.
struct BatchFacts {
  BatchFacts(BatchTime at, std::size_t memory_limit, std::size_t window_memory_limit = SIZE_MAX)
      : time(at), state{at, {}, {}}, memory(memory_limit), window_memory(window_memory_limit) {}

  const BatchTime time;
  // Set before the first task begins:
  StateTimes state;
  std::vector<Keep> keeps;  ///< by StateIndex; empty where nothing is kept
  std::vector<OffsetRange> ranges;
  BatchMemory memory;
  BatchMemory window_memory;  ///< what is computed of windows takes: no smaller batch needs less
  std::atomic<bool> cancelled{false};  ///< what is not yet begun is not worth beginning
};

/// A block on its way to a partition of an exchange, with the place that keeps order the same at
/// every run: branch, partition, task, sequence. So a union's parents follow each other.
struct Delivery {
  ExchangePort port;
  PartitionId target;
  PartitionId from;
  std::size_t task = 0;
  bool behind_window = false;          // whether it is counted with what is computed of windows
  std::shared_ptr<const Block> block;  // shared: a task that is retried reads it again, windows too
};

/// One stage on one partition of a batch, or on a piece of it.
struct Task {
  std::size_t stage = 0;
  const plan::Node* head = nullptr;
  PartitionId partition;
  std::size_t number = 0;                            ///< among the tasks of its stage
  plan::Slice slice;                                 ///< input, where the head is a source
  std::vector<std::shared_ptr<const Block>> blocks;  ///< input, where the head is an exchange
  bool whole_partition = false;                      ///< the stage must see all of it in one task
  std::size_t leaving = 0;  ///< how many blocks, the first ones, leave the window

  /// Where what the task holds is counted.
  BatchMemory& memory(BatchFacts& batch) const {
    return head->behind_window ? batch.window_memory : batch.memory;
  }
  /// The blocks are a window's, which counts them.
  bool borrows_blocks() const { return head->window.has_value(); }

  /// Whether two tasks can be made of it.
  bool can_split() const { return !whole_partition && (slice.records > 1 || blocks.size() > 1); }
  /// Takes the second half of the input out, as a task that comes behind. It can be split.
  Task split_off_half();

  std::size_t input_bytes() const {
    std::size_t bytes = slice.bytes;
    for (const auto& block : blocks) bytes += block->memory_bytes();
    return bytes;
  }
};

/// The earlier of two times of which either may not be.
std::optional<BatchTime> earlier(std::optional<BatchTime> one, std::optional<BatchTime> other);

/// What the tasks of one stage on one worker came to: deliveries when they have run, the rest when
/// what they did is committed.
struct StageOutcome {
  Result<void> result;
  std::vector<Delivery> deliveries;
  plan::AccumulatorDeltas accumulated;
  std::int64_t records_in = 0;
  std::int64_t records_out = 0;
  std::int64_t records_skipped = 0;
  int failed_attempts = 0;
  std::vector<StateChanges> states;
  std::optional<BatchTime> due;  ///< when an operator asks for a batch, at the latest
  int submitted = 0;             ///< acknowledgements to come
};

}  // namespace weir::exec
