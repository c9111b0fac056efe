#pragma once

#include <functional>
#include <vector>

#include "base/mutex.h"
#include "net/fd.h"

namespace weir::net {

/// Calls handed to a loop by other threads, with the descriptor that wakes the loop. Thread-safe.
/// Shared by the loop and by name look-ups under way, which may end after the loop has gone.
class Mailbox {
 public:
  /// `wake_up` is an eventfd, watched edge-triggered: it is written to and never read.
  explicit Mailbox(Fd wake_up) : wake_up_(std::move(wake_up)) {}

  void post(std::function<void()> call);
  /// Makes the loop's wait return.
  void wake();
  /// Takes all calls in the order they came.
  std::vector<std::function<void()>> take();
  int fd() const { return wake_up_.get(); }

 private:
  const Fd wake_up_;
  Mutex mutex_;
  std::vector<std::function<void()>> calls_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::net
