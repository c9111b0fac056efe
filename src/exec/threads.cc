#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <string>
#include <thread>

#include "base/check.h"
#include "base/log.h"
#include "base/mutex.h"
#include "exec/runtime.h"
#include "net/epoll_loop.h"

namespace weir::exec {

namespace {

/// A loop and the thread that runs it. The thread ends when the object is destroyed.
class LoopThread {
 public:
  explicit LoopThread(const std::string& name) {
    auto loop = net::EpollLoop::create();
    WEIR_CHECK(loop.ok(), "a process needs file descriptors for its loops");
    loop_ = std::move(loop).value();
    thread_ = std::jthread([this, name](std::stop_token stop) {
      pthread_setname_np(pthread_self(), name.c_str());
      loop_->run(stop);
    });
  }
  net::Loop& loop() { return *loop_; }
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::unique_ptr<net::EpollLoop> loop_;
  std::jthread thread_;
};

class Threads final : public Runtime {
 public:
  explicit Threads(std::size_t workers) : driver_("weir-driver") {
    for (std::size_t i = 0; i < workers; ++i) {
      workers_.push_back(std::make_unique<LoopThread>(concat("weir-worker-", i)));
    }
  }
  ~Threads() override { stop(); }

  net::Loop& driver() override { return driver_.loop(); }
  std::vector<net::Loop*> workers() override {
    std::vector<net::Loop*> loops;
    for (const auto& worker : workers_) loops.push_back(&worker->loop());
    return loops;
  }
  bool wait(const std::function<bool()>& done, std::optional<Duration> limit) override {
    const auto deadline =
        std::chrono::steady_clock::now() + limit.value_or(std::chrono::hours(24 * 365));
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, done);
  }
  void wake() override {
    { std::lock_guard lock(mutex_); }
    changed_.notify_all();
  }
  void stop() override {
    for (const auto& worker : workers_) worker->stop();
    driver_.stop();
  }

 private:
  LoopThread driver_;
  std::vector<std::unique_ptr<LoopThread>> workers_;
  std::mutex mutex_;  // guards nothing but the moment between looking and waiting
  std::condition_variable changed_;
};

}  // namespace

std::unique_ptr<Runtime> make_threads(std::size_t workers) {
  return std::make_unique<Threads>(workers);
}

}  // namespace weir::exec
