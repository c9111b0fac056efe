#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "exec/task.h"
#include "exec/worker.h"
#include "plan/graph.h"

namespace weir::exec {

/// One batch on its way through the stages. Driver's thread only. Shared only so that reports which
/// come after a failed batch was dropped find nothing.
class BatchRun : public std::enable_shared_from_this<BatchRun> {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    const std::vector<plan::Stage>* stages = nullptr;
    std::vector<Worker*> workers;
    std::size_t exchange_limit = 0;
  };
  /// The input: for each stage whose head is a source, its slices.
  using Input = std::vector<std::vector<plan::Slice>>;

  /// `changed` is called when ran() or over() may have changed.
  BatchRun(const Setup& setup, BatchTime time, Input input, std::function<void()> changed);
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;

  void start();
  /// Lets no further task begin; the batch then fails.
  void cancel();

  /// All tasks have ended.
  bool ran() const { return stages_left_ == 0; }
  /// All tasks have ended and all output is acknowledged, or the batch has failed.
  bool over() const { return ran() && (acknowledged_ == totals_.submitted || !result().ok()); }
  /// Why the batch failed, if it did.
  Result<void> result() const;

  BatchTime time() const { return facts_->time; }
  const std::vector<OffsetRange>& ranges() const { return facts_->ranges; }
  /// All slices, by index of their source.
  const std::vector<std::vector<plan::Slice>>& slices() const { return by_source_; }
  const StageOutcome& totals() const { return totals_; }

 private:
  struct StageState {
    std::size_t waiting_for = 0;  ///< stages that feed this one and are not done
    std::size_t workers_left = 0;
    bool started = false;
    std::vector<Delivery> input;
  };
  void collect_input(const Input& input);
  void start_ready_stages();
  void start_stage(std::size_t stage);
  std::vector<std::vector<Task>> tasks_of(std::size_t stage);
  void on_stage_done(std::size_t stage, StageOutcome outcome);
  void on_acknowledged(int count, Result<void> written);
  void end_stage(std::size_t stage);
  void hand_over(StageOutcome& outcome);

  Setup setup_;
  std::shared_ptr<BatchFacts> facts_;  // shared with the tasks
  Input input_;
  std::vector<std::vector<plan::Slice>> by_source_;
  std::function<void()> changed_;
  std::vector<StageState> states_;
  std::size_t stages_left_ = 0;
  StageOutcome totals_;
  int acknowledged_ = 0;
  Result<void> written_;
};

}  // namespace weir::exec
