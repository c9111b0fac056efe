#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exec/loop_handle.h"
#include "exec/states.h"
#include "exec/task.h"
#include "plan/accumulator.h"
#include "plan/current_task.h"
#include "plan/graph.h"

namespace weir::exec {

/// One attempt at a task: runs the stage over the task's input and keeps everything it produced to
/// itself. Lives on the worker's thread. Destroyed without commit(), it leaves no trace.
class TaskRun final : public TaskContext, private plan::CurrentTask {
 public:
  struct Place {
    const plan::Graph& graph;
    std::size_t worker;
    const std::shared_ptr<LoopHandle>& loop;  // shared with what the batch waits for
    std::size_t output_bytes = SIZE_MAX;      // that a task that can be split writes to one output
    States* states = nullptr;
  };
  TaskRun(Place place, const std::shared_ptr<BatchFacts>& batch, const Task& task);
  ~TaskRun() override;
  TaskRun(const TaskRun&) = delete;
  TaskRun& operator=(const TaskRun&) = delete;

  /// Runs the stage. Exceptions of the user's code become errors; `retriable()` says whether
  /// another attempt makes sense.
  Result<void> run();
  /// True when run() failed because the task writes more than it may: smaller ones might not.
  bool outgrew() const { return outgrew_; }

  /// Hands the delivered blocks over to the batch. Once, after run() succeeded.
  void hand_over(StageOutcome& outcome);
  /// Counts the output as held back until commit(). Fails where the batch's memory is spent.
  Result<void> hold_back();
  /// Submits the output, each writer's acknowledgement going to `acknowledged`, and adds everything
  /// else to `outcome`. Once, after run() succeeded. Output that cannot be submitted fails the
  /// outcome.
  void commit(StageOutcome& outcome, const plan::Done& acknowledged);

  BatchTime batch_time() const override { return batch_->time; }
  const std::vector<OffsetRange>& offset_ranges() const override { return batch_->ranges; }
  PartitionId partition() const override { return task_.partition; }
  std::string_view topic() const override {
    return task_.slice.origin == nullptr ? std::string_view() : task_.slice.origin->topic;
  }
  RecordWriter& writer(OutputIndex output) override;
  void deliver(ExchangePort port, PartitionId target, std::unique_ptr<const Block> block) override;
  void count_held(std::size_t bytes) override;
  PartitionState& state(StateIndex index) override;
  void count_skipped() override { ++skipped_; }

 private:
  struct Hold;
  std::function<void(Result<void>)> hold() override;
  Result<void> count(std::size_t bytes) const;
  Result<void> run_catching();
  Result<void> run_stage();
  Result<void> recount_states();
  void tell_states();
  Result<void> read_input(SinkBase& entry);
  void submit(plan::TaskWriter& writer, StageOutcome& outcome,
              const plan::Done& acknowledged) const;
  Error in_context(Error error) const;
  BatchMemory& memory() const { return task_.memory(*batch_); }

  Place place_;
  std::shared_ptr<BatchFacts> batch_;  // shared with the batch's other tasks
  const Task& task_;
  std::map<OutputIndex, std::unique_ptr<plan::TaskWriter>> writers_;
  std::vector<Delivery> deliveries_;
  std::size_t delivered_bytes_ = 0;  // counted in the batch's memory, not handed over yet
  std::size_t held_bytes_ = 0;       // output, counted there too
  std::size_t working_bytes_ = 0;    // of operators, counted there while they run
  std::vector<std::shared_ptr<Hold>> holds_;
  std::vector<std::pair<StateIndex, const PartitionState*>> states_;  // owned by the worker
  std::vector<StateChanges> changes_;
  std::optional<BatchTime> due_;
  bool outgrew_ = false;
  std::int64_t records_in_ = 0;
  std::int64_t skipped_ = 0;
};

}  // namespace weir::exec
