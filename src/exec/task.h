#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "exec/batch_memory.h"
#include "plan/accumulator.h"
#include "plan/graph.h"
#include "plan/io.h"
#include "weir/types.h"

/// What goes from the driver to a worker and what comes back.
namespace weir::exec {

/// What all tasks of a batch share. Shared by the driver and the workers; immutable but for the
/// atomics.
struct BatchFacts {
  BatchFacts(BatchTime at, std::size_t memory_limit) : time(at), memory(memory_limit) {}

  const BatchTime time;
  std::vector<OffsetRange> ranges;
  BatchMemory memory;
  std::atomic<bool> cancelled{false};  ///< what is not yet begun is not worth beginning
};

/// A block on its way to a partition of an exchange, with the place that keeps order the same at
/// every run: branch, partition, task, sequence. So a union's parents follow each other.
struct Delivery {
  ExchangePort port;
  PartitionId target;
  PartitionId from;
  std::size_t task = 0;
  std::shared_ptr<const Block> block;  // shared: a task that is retried reads it again
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
  int submitted = 0;  ///< acknowledgements to come
};

}  // namespace weir::exec
