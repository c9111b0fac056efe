#include <chrono>
#include <condition_variable>
#include <map>
#include <set>
#include <string>
#include <thread>

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
      note_thread(workers_.back()->loop());
    }
    note_thread(driver_->loop());
  }
  ~Threads() override { stop(); }

  net::Loop& driver() override { return driver_->loop(); }
  std::vector<net::Loop*> workers() override {
    std::vector<net::Loop*> loops;
    for (const auto& worker : workers_) loops.push_back(&worker->loop());
    return loops;
  }
  net::Loop& aside(const std::string& name) override {
    std::unique_ptr<net::LoopThread>& thread = aside_[name];
    if (!thread) {
      thread = start_loop(concat("weir-", name));
      note_thread(thread->loop());
    }
    return thread->loop();
  }
  bool wait(const std::function<bool()>& done, std::optional<Duration> limit) override {
    std::unique_lock lock(mutex_);
    if (loop_threads_.contains(std::this_thread::get_id())) return done();
    if (limit) return changed_.wait_for(lock, *limit, done);
    changed_.wait(lock, done);
    return true;
  }
  void wake() override {
    { std::lock_guard lock(mutex_); }
    changed_.notify_all();
  }
  void stop() override {
    for (const auto& worker : workers_) worker->stop();
    driver_->stop();
    for (const auto& [name, thread] : aside_) thread->stop();
  }

 private:
  /// Posted first of all, so that it is known before anything can wait there.
  void note_thread(net::Loop& loop) {
    loop.post([this] {
      std::lock_guard lock(mutex_);
      loop_threads_.insert(std::this_thread::get_id());
    });
  }

  std::mutex mutex_;  // guards loop_threads_, and the moment between looking and waiting
  std::set<std::thread::id> loop_threads_;
  std::condition_variable changed_;
  std::unique_ptr<net::LoopThread> driver_;
  std::map<std::string, std::unique_ptr<net::LoopThread>> aside_;
  std::vector<std::unique_ptr<net::LoopThread>> workers_;
};

}  // namespace

std::unique_ptr<Runtime> make_threads(std::size_t workers) {
  return std::make_unique<Threads>(workers);
}

}  // namespace weir::exec
