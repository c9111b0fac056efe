#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdint>

#include "base/check.h"
#include "net/address.h"
#include "net/fd.h"

namespace weir::net {

/// A free port of this machine, for tests of what connects to one by itself. Refuses connections
/// until it listens.
class LoopbackPort {
 public:
  LoopbackPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    WEIR_CHECK(::bind(socket_.get(), any, size) == 0, "a machine has free ports");
    WEIR_CHECK(::getsockname(socket_.get(), any, &size) == 0, "it is bound");
    number_ = ntohs(address.sin_port);
  }
  std::uint16_t number() const { return number_; }
  Endpoint endpoint() const { return {"127.0.0.1", number_}; }

  void listen() const { WEIR_CHECK(::listen(socket_.get(), 8) == 0, "it is bound"); }
  /// Waits for a connection.
  Fd accept() const { return Fd(::accept(socket_.get(), nullptr, nullptr)); }

 private:
  Fd socket_;
  std::uint16_t number_ = 0;
};

}  // namespace weir::net
