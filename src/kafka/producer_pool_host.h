#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "net/loop.h"
#include "weir/result.h"

namespace weir::kafka {

/// Where a pool's loop runs, and how other threads wait for what happens on it: a thread in
/// production; in tests a simulated loop that a wait steps by hand. Owned by the Pool.
class PoolHost {
 public:
  virtual ~PoolHost() = default;
  virtual net::Loop& loop() = 0;
  /// Lets go of `mutex` until `changed` is notified, or for no reason, and takes it again. Not on
  /// the loop's thread.
  virtual void wait(Mutex& mutex, Condition& changed) WEIR_REQUIRES(mutex) = 0;
  /// Calls `last` on the loop, after all that was posted before, and ends the loop.
  virtual void end(const std::function<void()>& last) = 0;
};

/// Starts a loop on a thread of its own, "weir-pool". Fails when no file descriptors are left.
Result<std::unique_ptr<PoolHost>> make_pool_thread();

/// A value that one thread waits for and the loop brings, once.
template <class T>
class Awaited {
 public:
  void bring(T value) {
    MutexLock lock(mutex_);
    value_ = std::move(value);
    changed_.notify_all();  // under the lock: whoever waits may destroy this next
  }
  T wait(PoolHost& host) {
    MutexLock lock(mutex_);
    while (!value_) host.wait(mutex_, changed_);
    return std::move(*value_);
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::optional<T> value_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::kafka
