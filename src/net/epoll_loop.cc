#include "net/epoll_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "base/check.h"
#include "base/log.h"
#include "net/address.h"
#include "net/epoll_listener.h"
#include "net/epoll_socket.h"

namespace weir::net {

namespace {

constexpr std::uint64_t kMailboxWatch = 0;

Error no_descriptors(std::string_view what) {
  return Error(ErrorCode::kResourceExhausted,
               concat("cannot create ", what, ": ", describe_errno(errno),
                      "; raise the limit of open files (ulimit -n)"));
}

std::span<epoll_event> wait_for_events(int epoll, std::span<epoll_event> events, Duration wait) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
  const timespec limit{static_cast<std::time_t>(seconds.count()), (wait - seconds).count()};
  int count =
      ::epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  if (count < 0 && errno == ENOSYS) {  // Linux before 5.11 waits in whole milliseconds only
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()),
                         static_cast<int>(millis));
  }
  return events.first(static_cast<std::size_t>(std::max(count, 0)));
}

}  // namespace

Result<std::unique_ptr<EpollLoop>> EpollLoop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return no_descriptors("an event loop");
  Fd wake_up(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_up) return no_descriptors("an event loop");
  auto mailbox = std::make_shared<Mailbox>(std::move(wake_up));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kMailboxWatch;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, mailbox->fd(), &event) != 0) {
    return no_descriptors("an event loop");
  }
  return std::unique_ptr<EpollLoop>(new EpollLoop(std::move(epoll), std::move(mailbox)));
}

EpollLoop::EpollLoop(Fd epoll, std::shared_ptr<Mailbox> mailbox)
    : epoll_(std::move(epoll)), mailbox_(std::move(mailbox)) {}

EpollLoop::~EpollLoop() {
  WEIR_CHECK(watchers_.empty(), "sockets and listeners belong to objects that end before the loop");
}

void EpollLoop::run(std::stop_token stop) {
  std::stop_callback wake(stop, [this] { mailbox_->wake(); });
  while (!stop.stop_requested()) run_once(std::chrono::hours(1));
}

void EpollLoop::run_once(Duration max_wait) {
  std::array<epoll_event, 64> space;
  for (const epoll_event& event : wait_for_events(epoll_.get(), space, time_to_wait(max_wait))) {
    const std::uint64_t watch = event.data.u64;  // a copy: in the event it may lie anywhere
    if (watch == kMailboxWatch) {
      run_posted();
      continue;
    }
    // Looked up each time: an earlier event's handler may have ended this watch.
    const auto found = watchers_.find(watch);
    if (found != watchers_.end()) found->second->on_events(event.events);
  }
  run_timers();
}

Duration EpollLoop::time_to_wait(Duration max_wait) const {
  const auto next = timers_.next();
  if (!next) return max_wait;
  return std::clamp(*next - now(), Duration::zero(), max_wait);
}

void EpollLoop::run_posted() {
  for (auto& call : mailbox_->take()) call();
}

void EpollLoop::run_timers() {
  if (!timers_.next()) return;
  const TimePoint start = now();
  while (auto call = timers_.take_due(start)) call();
}

std::uint64_t EpollLoop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  const std::uint64_t id = ++last_watch_;
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.u64 = id;
  WEIR_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0,
             "an open socket can be watched once");
  watchers_.emplace(id, &watcher);
  return id;
}

void EpollLoop::unwatch(std::uint64_t id, int fd) {
  watchers_.erase(id);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::unique_ptr<Socket> EpollLoop::connect(const Endpoint& to, SocketHandler& handler) {
  return EpollSocket::connect(*this, to, handler);
}

Result<std::unique_ptr<Listener>> EpollLoop::listen(const Endpoint& at, AcceptHandler& handler) {
  return EpollListener::listen(*this, at, handler);
}

}  // namespace weir::net
