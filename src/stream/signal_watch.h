#pragma once

#include <signal.h>

#include <functional>
#include <thread>

namespace weir::stream {

/// Turns SIGINT and SIGTERM into calls on a thread of its own while it lives; `on_signal` is told
/// how many have come. Several may live at once: each is told. The handlers that were there before
/// come back when the last one goes.
class SignalWatch {
 public:
  explicit SignalWatch(std::function<void(int count)> on_signal);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  int event_ = -1;  // an eventfd, the one thing a signal handler may touch
  std::jthread thread_;
};

}  // namespace weir::stream
