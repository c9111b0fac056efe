#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "weir/sink.h"
#include "weir/state_entries.h"
#include "weir/task_context.h"

namespace weir {

/// One step of a stage, without state of its own: what changes lives in the sinks it opens, one for
/// each task. Immutable and shared by all workers.
class Operator {
 public:
  virtual ~Operator() = default;
  /// Makes the operator's sink for one task. `next` is a Sink of the operator's output type, null
  /// for an operator that ends the stage; it and `context` outlive the sink.
  virtual std::unique_ptr<SinkBase> open(SinkBase* next, TaskContext& context) const = 0;
};

/// A step that remembers something of each partition from batch to batch.
class StatefulOperator : public Operator {
 public:
  /// Makes what is remembered of a partition at first, for the batch of `now` and later ones: what
  /// of `stored` belongs there, or, without that, what the user gave. Throws
  /// weir::detail::TaskError where what is stored cannot be read.
  virtual std::unique_ptr<PartitionState> make_state(PartitionId partition, BatchTime now,
                                                     const detail::StoredState* stored) const = 0;
  virtual std::int32_t partitions() const = 0;
  /// By which open() finds it in the task's context; set when the operator is added to the graph.
  StateIndex index{};
};

/// Moves records between partitions: ends one stage and begins the next.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// Makes the sink that takes records in and delivers blocks to `port`, the last at finish().
  virtual std::unique_ptr<SinkBase> open(ExchangePort port, TaskContext& context) const = 0;
  /// Pushes a block's records into `into`, a Sink of the exchange's type. The block stays whole,
  /// for a retry.
  virtual void replay(const Block& block, SinkBase& into) const = 0;
  /// Of a window: it hands on what enters it, by replay(), and before that what leaves it.
  virtual bool hands_changes() const { return false; }
  virtual void replay_leaving(const Block&, SinkBase&) const {}
  /// Of a window: writes a block's records down, and makes a block of them again, null where they
  /// cannot be read.
  virtual void store(const Block&, std::string&) const {}
  virtual std::unique_ptr<const Block> restore(std::string_view) const { return nullptr; }
  /// How many partitions the records are moved to.
  virtual std::int32_t partitions() const = 0;
};

}  // namespace weir
