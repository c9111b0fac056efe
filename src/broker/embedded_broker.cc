#include "weir/embedded_broker.h"

#include <pthread.h>

#include <future>
#include <stop_token>
#include <thread>

#include "broker/broker.h"
#include "broker/faults.h"
#include "net/epoll_loop.h"

namespace weir::broker {

class EmbeddedBroker::Impl {
 public:
  Impl(std::unique_ptr<net::EpollLoop> loop, BrokerOptions options)
      : loop_(std::move(loop)), options_(std::move(options)) {}
  ~Impl() { stop(); }

  Result<void> start() {
    std::promise<Result<void>> started;
    auto outcome = started.get_future();
    thread_ = std::jthread([this, &started](std::stop_token stop) { run(stop, started); });
    pthread_setname_np(thread_.native_handle(), "weir-broker");
    return outcome.get();
  }

  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  /// Calls `change(faults)` on the broker's thread, soon.
  template <class Change>
  void change_faults(Change change) {
    loop_->post([this, change = std::move(change)] {
      if (faults_ != nullptr) change(*faults_);
    });
  }

  std::uint16_t port() const { return port_; }
  net::Endpoint endpoint() const { return {options_.host, port_}; }

 private:
  void run(std::stop_token stop, std::promise<Result<void>>& started) {
    Broker broker(*loop_, options_);
    faults_ = &broker.faults();
    auto outcome = broker.start();
    const bool failed = !outcome.ok();
    if (!failed) port_ = broker.port();
    started.set_value(std::move(outcome));
    if (!failed) loop_->run(stop);
    faults_ = nullptr;
  }

  const std::unique_ptr<net::EpollLoop> loop_;
  const BrokerOptions options_;
  // Written by the thread before start() returns, constant afterwards.
  std::uint16_t port_ = 0;
  Faults* faults_ = nullptr;  // the thread's
  std::jthread thread_;
};

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start(BrokerOptions options) {
  WEIR_ASSIGN_OR_RETURN(auto loop, net::EpollLoop::create());
  auto impl = std::make_unique<Impl>(std::move(loop), std::move(options));
  WEIR_RETURN_IF_ERROR(impl->start());
  return std::unique_ptr<EmbeddedBroker>(new EmbeddedBroker(std::move(impl)));
}

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedBroker::~EmbeddedBroker() = default;

std::uint16_t EmbeddedBroker::port() const { return impl_->port(); }
std::string EmbeddedBroker::address() const { return net::to_string(impl_->endpoint()); }
void EmbeddedBroker::inject(Fault fault) {
  impl_->change_faults([fault = std::move(fault)](Faults& faults) { faults.add(fault); });
}
void EmbeddedBroker::clear_faults() {
  impl_->change_faults([](Faults& faults) { faults.clear(); });
}
void EmbeddedBroker::release_held() {
  impl_->change_faults([](Faults& faults) { faults.release(); });
}
void EmbeddedBroker::stop() { impl_->stop(); }

}  // namespace weir::broker
