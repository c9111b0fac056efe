#include "net/loop.h"

#include "base/log.h"

namespace weir::net {

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return is_ipv6 ? concat("[", endpoint.host, "]:", endpoint.port)
                 : concat(endpoint.host, ":", endpoint.port);
}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    cancel();
    loop_ = other.loop_;
    id_ = other.id_;
    other.loop_ = nullptr;
  }
  return *this;
}

void Timer::cancel() {
  if (loop_ != nullptr) loop_->cancel_timer(id_);
  loop_ = nullptr;
}

}  // namespace weir::net
