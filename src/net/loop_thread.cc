#include "net/loop_thread.h"

#include <pthread.h>

#include <utility>

namespace weir::net {

Result<std::unique_ptr<LoopThread>> LoopThread::start(const std::string& name) {
  WEIR_ASSIGN_OR_RETURN(auto loop, EpollLoop::create());
  return std::unique_ptr<LoopThread>(new LoopThread(std::move(loop), name));
}

LoopThread::LoopThread(std::unique_ptr<EpollLoop> loop, const std::string& name)
    : loop_(std::move(loop)), thread_([this, name](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), name.c_str());
        loop_->run(stop);
      }) {}

void LoopThread::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace weir::net
