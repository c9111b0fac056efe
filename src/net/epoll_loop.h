#pragma once

#include <memory>
#include <stop_token>
#include <unordered_map>

#include "base/clock.h"
#include "net/fd.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "net/timer_queue.h"

namespace weir::net {

/// What an EpollLoop calls when its descriptor has news. In this folder only.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// `events` are EPOLL* bits.
  virtual void on_events(std::uint32_t events) = 0;
};

/// The real loop: sockets by epoll, timers as precise as the kernel waits. Owned by whoever runs
/// it; sockets, listeners and timers must be gone before it is destroyed.
class EpollLoop final : public Loop {
 public:
  /// Fails when the process has no file descriptors left.
  static Result<std::unique_ptr<EpollLoop>> create();
  ~EpollLoop() override;

  /// Works until a stop is asked for (from any thread).
  void run(std::stop_token stop);
  /// Does what is due, after waiting for it no longer than `max_wait`.
  void run_once(Duration max_wait);

  const Clock& clock() const override { return clock_; }
  void post(std::function<void()> f) override { mailbox_->post(std::move(f)); }
  std::unique_ptr<Socket> connect(const Endpoint& to, SocketHandler& handler) override;
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at, AcceptHandler& handler) override;

  /// For the sockets of this folder: watches `fd`, edge-triggered, and returns the watch's name.
  std::uint64_t watch(int fd, std::uint32_t events, Watcher& watcher);
  /// Ends a watch; its watcher is not called again.
  void unwatch(std::uint64_t id, int fd);
  /// False once unwatch() was called: the watcher may be gone.
  bool watched(std::uint64_t id) const { return watchers_.contains(id); }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

 private:
  EpollLoop(Fd epoll, std::shared_ptr<Mailbox> mailbox);
  std::uint64_t add_timer(TimePoint at, std::function<void()> f) override {
    return timers_.add(at, std::move(f));
  }
  void cancel_timer(std::uint64_t id) override { timers_.cancel(id); }
  Duration time_to_wait(Duration max_wait) const;
  void run_posted();
  void run_timers();

  const SystemClock clock_;
  const Fd epoll_;
  // Shared with name look-ups under way.
  const std::shared_ptr<Mailbox> mailbox_;
  TimerQueue timers_;
  std::uint64_t last_watch_ = 0;
  std::unordered_map<std::uint64_t, Watcher*> watchers_;
};

}  // namespace weir::net
