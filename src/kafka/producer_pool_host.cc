#include "kafka/producer_pool_host.h"

#include <future>

#include "net/loop_thread.h"

namespace weir::kafka {

namespace {

class PoolThread final : public PoolHost {
 public:
  explicit PoolThread(std::unique_ptr<net::LoopThread> thread) : thread_(std::move(thread)) {}

  net::Loop& loop() override { return thread_->loop(); }
  void wait(Mutex& mutex, Condition& changed) override WEIR_REQUIRES(mutex) { changed.wait(mutex); }
  void end(const std::function<void()>& last) override {
    std::promise<void> ended;
    loop().post([&] {
      last();
      ended.set_value();
    });
    ended.get_future().wait();
    thread_->stop();
  }

 private:
  std::unique_ptr<net::LoopThread> thread_;
};

}  // namespace

Result<std::unique_ptr<PoolHost>> make_pool_thread() {
  WEIR_ASSIGN_OR_RETURN(auto thread, net::LoopThread::start("weir-pool"));
  return std::unique_ptr<PoolHost>(std::make_unique<PoolThread>(std::move(thread)));
}

}  // namespace weir::kafka
