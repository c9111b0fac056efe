#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exec/loop_handle.h"
#include "exec/task.h"
#include "net/loop.h"
#include "plan/graph.h"

namespace weir::exec {

/// The tasks of one stage of a batch that one worker is to run, and where to report.
struct StageOrder {
  std::shared_ptr<BatchFacts> batch;  // shared with the driver and the other workers
  std::vector<Task> tasks;
  /// Called on the driver's thread, once, when all tasks have ended.
  std::function<void(StageOutcome)> done;
  /// Called on the driver's thread for submitted output: how many acknowledgements have come since
  /// the last call, and whether all was written. May come before `done`.
  std::function<void(int, Result<void>)> acknowledged;
};

/// Runs tasks on one worker's loop, one at a time, with the loop's other work between them; waits
/// while an output has more than its share of bytes unacknowledged. Made by the driver, used by the
/// worker's thread only once running.
class Worker {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    std::size_t index = 0;
    net::Loop* loop = nullptr;
    net::Loop* driver = nullptr;
    std::size_t output_bytes = 0;
    int attempts = 4;
  };
  explicit Worker(Setup setup);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Queues a stage's tasks. Thread-safe.
  void order(StageOrder order);

 private:
  struct Job;

  void schedule();
  void run_next();
  void run_task(Job& job, const Task& task);
  bool output_is_full() const;
  void on_acknowledged(const std::shared_ptr<Job>& job, Result<void> result);
  void report_acknowledged(const std::shared_ptr<Job>& job);
  void finish(const std::shared_ptr<Job>& job);

  Setup setup_;
  std::shared_ptr<LoopHandle> handle_;  // shared with what batches wait for
  std::deque<std::shared_ptr<Job>> jobs_;
  bool scheduled_ = false;
};

}  // namespace weir::exec
