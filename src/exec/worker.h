#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exec/loop_handle.h"
#include "exec/states.h"
#include "exec/task.h"
#include "net/loop.h"
#include "plan/graph.h"

namespace weir::exec {

class TaskRun;

/// The tasks of one stage of a batch that one worker is to run, and where to report.
struct StageOrder {
  std::shared_ptr<BatchFacts> batch;  // shared with the driver and the other workers
  std::vector<Task> tasks;
  /// Keep what the tasks did, but for their blocks, until release().
  bool hold = false;
  /// Called on the driver's thread when all tasks have ended and, with `hold`, again when what they
  /// did is committed.
  std::function<void(StageOutcome)> done;
  /// Called on the driver's thread for submitted output: how many acknowledgements have come since
  /// the last call, and whether all was written. May come before `done`.
  std::function<void(int, Result<void>)> acknowledged;
};

/// Runs tasks on one worker's loop, in turns with the loop's other work: a large task or several
/// small ones at a time, so that what these write leaves together. Waits while an output has more
/// than its share of bytes unacknowledged. Made by the driver, used by the worker's thread only
/// once running.
class Worker {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    std::size_t index = 0;
    net::Loop* loop = nullptr;
    net::Loop* driver = nullptr;
    std::size_t output_bytes = 0;
    std::shared_ptr<StateMemory> state_memory = nullptr;  ///< shared by the workers of a context
    int attempts = 4;
  };
  explicit Worker(Setup setup);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Has states begin with what is stored of them. Before the first order. Thread-safe.
  void restore(std::shared_ptr<StoredStates> stored);
  /// Queues a stage's tasks. Thread-safe.
  void order(StageOrder order);
  /// Queues the commit of what the batch's tasks did and is held; drops it where the batch is
  /// cancelled. Thread-safe.
  void release(const std::shared_ptr<BatchFacts>& batch);
  /// To be called when a batch was cancelled: its tasks wait for no output. Thread-safe.
  void look_again();

 private:
  struct Job;

  bool may_run() const;
  void schedule();
  void run_turn();
  /// Runs or commits the job's next task; returns how much input that has read.
  std::size_t step(const std::shared_ptr<Job>& job);
  void run_task(const std::shared_ptr<Job>& job, Task& task);
  struct Attempt {
    Result<void> result;
    bool outgrew = false;  // failed because it writes more than a task may
  };
  Attempt attempt(const std::shared_ptr<Job>& job, const Task& task);
  Result<void> keep(const std::shared_ptr<Job>& job, std::unique_ptr<TaskRun> run);
  static void split(Job& job);
  void commit(const std::shared_ptr<Job>& job, TaskRun& run);
  bool output_is_full() const;
  void on_acknowledged(const std::shared_ptr<Job>& job, Result<void> result);
  void report_acknowledged(const std::shared_ptr<Job>& job);
  void finish(const std::shared_ptr<Job>& job);

  Setup setup_;
  std::shared_ptr<LoopHandle> handle_;  // shared with what batches wait for
  States states_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::vector<std::shared_ptr<Job>> held_;  // their tasks have ended; wait for release()
  bool scheduled_ = false;
};

}  // namespace weir::exec
