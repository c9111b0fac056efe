#pragma once

#include <functional>
#include <utility>

#include "base/mutex.h"
#include "net/loop.h"

namespace weir::exec {

/// A way to post to a worker's loop for those who may outlive it. Shared by them and the worker,
/// which ends it. Thread-safe.
class LoopHandle {
 public:
  explicit LoopHandle(net::Loop& loop) : loop_(&loop) {}

  /// Posts, or drops `f` where the loop has ended.
  void post(std::function<void()> f) {
    MutexLock lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::move(f));
  }
  void end() {
    MutexLock lock(mutex_);
    loop_ = nullptr;
  }

 private:
  Mutex mutex_;
  net::Loop* loop_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::exec
