#pragma once

#include <memory>
#include <vector>

#include "plan/graph.h"
#include "weir/sink.h"
#include "weir/task_context.h"

namespace weir::exec {

/// The sinks of one stage for one task attempt, linked from the head's records to the stage's ends.
/// Owned by the task's run, on its thread.
class Chain {
 public:
  /// Opens the sinks behind `head`; may throw what the user's functions throw when copied.
  Chain(const plan::Node& head, TaskContext& context);

  /// Where the head's records go; null when nothing behind the head is run.
  SinkBase* entry() { return entry_; }
  /// Tells every sink, first to last, that the input has ended.
  void finish();

 private:
  // `branch`: by which of the node's branches this chain's records come.
  SinkBase* behind(const plan::Node& node, std::uint32_t branch);
  SinkBase* open(const plan::Node& node, std::uint32_t branch);
  SinkBase* keep(std::unique_ptr<SinkBase> sink);

  TaskContext& context_;
  std::vector<std::unique_ptr<SinkBase>> sinks_;  // each after those it pushes into
  SinkBase* entry_;
};

}  // namespace weir::exec
