#include <chrono>
#include <condition_variable>
#include <string>

#include "base/check.h"
#include "base/log.h"
#include "base/mutex.h"
#include "exec/runtime.h"
#include "net/loop_thread.h"

namespace weir::exec {

namespace {

std::unique_ptr<net::LoopThread> start_loop(const std::string& name) {
  auto thread = net::LoopThread::start(name);
  WEIR_CHECK(thread.ok(), "a process needs file descriptors for its loops");
  return std::move(thread).value();
}

class Threads final : public Runtime {
 public:
  explicit Threads(std::size_t workers) : driver_(start_loop("weir-driver")) {
    for (std::size_t i = 0; i < workers; ++i) {
      workers_.push_back(start_loop(concat("weir-worker-", i)));
    }
  }
  ~Threads() override { stop(); }

  net::Loop& driver() override { return driver_->loop(); }
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
    driver_->stop();
  }

 private:
  std::unique_ptr<net::LoopThread> driver_;
  std::vector<std::unique_ptr<net::LoopThread>> workers_;
  std::mutex mutex_;  // guards nothing but the moment between looking and waiting
  std::condition_variable changed_;
};

}  // namespace

std::unique_ptr<Runtime> make_threads(std::size_t workers) {
  return std::make_unique<Threads>(workers);
}

}  // namespace weir::exec
