#pragma once

#include <memory>

#include "weir/sink.h"
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

/// Moves records between partitions: ends one stage and begins the next.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// Makes the sink that takes records in and delivers blocks to `port`, the last at finish().
  virtual std::unique_ptr<SinkBase> open(ExchangePort port, TaskContext& context) const = 0;
  /// Pushes a block's records into `into`, a Sink of the exchange's type. The block stays whole,
  /// for a retry.
  virtual void replay(const Block& block, SinkBase& into) const = 0;
  /// How many partitions the records are moved to.
  virtual std::int32_t partitions() const = 0;
};

}  // namespace weir
