#pragma once

#include <memory>
#include <string>
#include <thread>

#include "net/epoll_loop.h"

namespace weir::net {

/// A loop and the thread that runs it. The thread ends with stop() or when the object is destroyed,
/// neither of which may happen on that thread.
class LoopThread {
 public:
  /// `name` is what tools show of the thread, at most 15 bytes. Fails when the process has no file
  /// descriptors left.
  static Result<std::unique_ptr<LoopThread>> start(const std::string& name);
  ~LoopThread() { stop(); }

  Loop& loop() { return *loop_; }
  /// Waits until the thread has ended. Nothing runs on the loop afterwards. Idempotent.
  void stop();

 private:
  LoopThread(std::unique_ptr<EpollLoop> loop, const std::string& name);

  std::unique_ptr<EpollLoop> loop_;
  std::jthread thread_;
};

}  // namespace weir::net
