#pragma once

#include <functional>

#include "plan/accumulator.h"
#include "weir/result.h"

namespace weir::plan {

/// What a running task offers code that is not an operator: its accumulators, and a way to make its
/// batch wait for something. Lives on the worker's thread.
class CurrentTask {
 public:
  virtual ~CurrentTask() = default;
  AccumulatorDeltas& accumulators() { return accumulators_; }
  /// Returns a call that must be made once, on any thread: the batch ends only after it, and fails
  /// where it says so. Calls made for an attempt that fails are ignored.
  virtual std::function<void(Result<void>)> hold() = 0;

 private:
  AccumulatorDeltas accumulators_;
};

/// For current_task() and CurrentTaskScope only. Defined here so that each += of an accumulator
/// finds its task without a call.
inline constinit thread_local CurrentTask* task_of_this_thread = nullptr;

/// The task that runs on this thread, null outside of tasks. (weir's only thread-local.)
inline CurrentTask* current_task() { return task_of_this_thread; }

/// Makes `task` the current one until destroyed.
class CurrentTaskScope {
 public:
  explicit CurrentTaskScope(CurrentTask& task);
  ~CurrentTaskScope();
  CurrentTaskScope(const CurrentTaskScope&) = delete;
  CurrentTaskScope& operator=(const CurrentTaskScope&) = delete;

 private:
  CurrentTask* outer_;
};

}  // namespace weir::plan
