#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "exec/task.h"
#include "exec/windows.h"
#include "exec/worker.h"
#include "plan/graph.h"

namespace weir::exec {

/// What a stage came to in a batch, all its tasks together.
struct StageEnd {
  std::int64_t records_in = 0;
  int failed_attempts = 0;
  Result<void> result;
};

/// One batch on its way through the stages: first those that may overrun its memory (they feed
/// exchanges, or count what they hold), each when what feeds it has run. What their tasks did is
/// held back until all of them have: only then it is known that the batch fits. Then it is
/// committed, and the other stages run. Driver's thread only. Shared only so that reports which
/// come after a failed batch was dropped find nothing.
class BatchRun : public std::enable_shared_from_this<BatchRun> {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    const std::vector<plan::Stage>* stages = nullptr;
    std::vector<Worker*> workers;
    std::size_t memory_limit = 0;        ///< for blocks in exchanges and output that is held back
    Windows* windows = nullptr;          ///< where the graph has any
    BatchTimes times{};                  ///< where there are windows or state
    std::size_t state_limit = SIZE_MAX;  ///< for what windows hold and what is computed of it
    std::vector<Keep> keeps{};           ///< as BatchFacts has it
    /// Where somebody watches: a stage's tasks are given out, if it has any; they have ended, which
    /// comes once for each stage.
    std::function<void(std::size_t stage)> stage_started = nullptr;
    std::function<void(std::size_t stage, const StageEnd&)> stage_ended = nullptr;
  };
  /// The input: for each stage whose head is a source, its slices.
  using Input = std::vector<std::vector<plan::Slice>>;

  /// `changed` is called when ran() or over() may have changed.
  BatchRun(const Setup& setup, BatchTime time, Input input, std::function<void()> changed);
  BatchRun(const BatchRun&) = delete;
  BatchRun& operator=(const BatchRun&) = delete;

  void start();
  /// Lets no further task begin; the batch then fails.
  void cancel(const Error& why);

  /// All tasks have ended.
  bool ran() const { return stages_left_ == 0; }
  /// All tasks have ended and all output is acknowledged, or the batch has failed.
  bool over() const { return ran() && (acknowledged_ == totals_.submitted || !result().ok()); }
  /// Why the batch failed, if it did.
  Result<void> result() const;
  /// The batch failed because it needs more memory than it may use. It left no trace then: smaller
  /// batches of the same input may succeed. result() speaks for the case that there are none.
  bool overran() const { return facts_->memory.overran() && !totals_.result.ok(); }
  /// The most memory it held at once, of what is limited.
  std::size_t memory_peak() const { return facts_->memory.peak(); }

  BatchTime time() const { return facts_->time; }
  const BatchTimes& times() const { return setup_.times; }
  const std::vector<OffsetRange>& ranges() const { return facts_->ranges; }
  /// All slices, by index of their source.
  const std::vector<std::vector<plan::Slice>>& slices() const { return by_source_; }
  const Input& input() const { return input_; }
  std::size_t input_bytes() const;
  const StageOutcome& totals() const { return totals_; }

 private:
  struct StageState {
    enum class Phase { kWaiting, kRunning, kHeld, kReleasing, kDone };
    Phase phase = Phase::kWaiting;
    std::size_t waiting_for = 0;  ///< stages that feed this one and have not run
    std::size_t workers = 0;      ///< that have tasks of it
    std::size_t workers_left = 0;
    std::vector<Delivery> input;
    StageEnd end;
  };
  bool may_start(std::size_t stage) const;
  void collect_input(const Input& input);
  void give_up(Error why);
  void start_ready_stages();
  void start_stage(std::size_t stage);
  std::vector<std::vector<Task>> tasks_of(std::size_t stage);
  void on_stage_done(std::size_t stage, StageOutcome outcome);
  void on_acknowledged(int count, Result<void> written);
  std::vector<Delivery> input_of(std::size_t stage);
  std::vector<Delivery> leaving(std::size_t stage) const;
  void move_behind_windows(const std::vector<Delivery>& input, bool into_window);
  void end_stage(std::size_t stage);
  void tell_end(std::size_t stage);
  void release();
  void hand_over(StageOutcome& outcome);

  Setup setup_;
  std::shared_ptr<BatchFacts> facts_;  // shared with the tasks
  Input input_;
  std::vector<std::vector<plan::Slice>> by_source_;
  std::function<void()> changed_;
  std::vector<StageState> states_;
  std::size_t stages_left_ = 0;
  std::size_t unsure_left_ = 0;  // stages that may overrun and have not run
  StageOutcome totals_;
  int acknowledged_ = 0;
  Result<void> written_;
};

}  // namespace weir::exec
