#include "stream/signal_watch.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include "base/check.h"
#include "base/mutex.h"

namespace weir::stream {

namespace {

// A signal handler can reach nothing but globals; this is all of them.
constexpr int kNone = 0;  // standard input: never an eventfd of ours
std::array<std::atomic<int>, 16> events{};
struct Installed {
  Mutex mutex;
  int watches WEIR_GUARDED_BY(mutex) = 0;
  struct sigaction interrupt WEIR_GUARDED_BY(mutex);
  struct sigaction terminate WEIR_GUARDED_BY(mutex);
};
Installed installed;

void ring(int event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
}

void on_any_signal(int) {
  const int saved = errno;
  for (const auto& event : events) {
    if (const int fd = event.load(); fd != kNone) ring(fd);
  }
  errno = saved;
}

bool claim(int event) {
  for (auto& slot : events) {
    int none = kNone;
    if (slot.compare_exchange_strong(none, event)) return true;
  }
  return false;
}

void release(int event) {
  for (auto& slot : events) {
    int expected = event;
    if (slot.compare_exchange_strong(expected, kNone)) return;
  }
}

void install() {
  MutexLock lock(installed.mutex);
  if (installed.watches++ > 0) return;
  struct sigaction action {};
  action.sa_handler = on_any_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &installed.interrupt);
  sigaction(SIGTERM, &action, &installed.terminate);
}

void uninstall() {
  MutexLock lock(installed.mutex);
  if (--installed.watches > 0) return;
  sigaction(SIGINT, &installed.interrupt, nullptr);
  sigaction(SIGTERM, &installed.terminate, nullptr);
}

}  // namespace

SignalWatch::SignalWatch(std::function<void(int)> on_signal) : event_(eventfd(0, EFD_CLOEXEC)) {
  WEIR_CHECK(event_ > 0, "a process needs file descriptors to watch for signals");
  WEIR_CHECK(claim(event_), "more than 16 contexts run() at once in one process");
  thread_ = std::jthread([this, on_signal = std::move(on_signal)](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "weir-signals");
    for (std::uint64_t count = 0, rung = 0;; count += rung) {
      if (count > 0) on_signal(static_cast<int>(count));
      while (::read(event_, &rung, sizeof rung) < 0 && errno == EINTR) {
      }
      if (stop.stop_requested()) return;
    }
  });
  install();
}

SignalWatch::~SignalWatch() {
  uninstall();
  release(event_);
  thread_.request_stop();
  ring(event_);
  thread_.join();
  ::close(event_);
}

}  // namespace weir::stream
