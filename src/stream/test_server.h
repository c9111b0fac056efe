#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "base/check.h"
#include "net/fd.h"

namespace weir::stream {

/// A peer on a port of this machine, for tests of what reads from one. Serves one connection after
/// the other on a thread of its own.
class TestServer {
 public:
  /// What becomes of a connection: it is closed when the function returns.
  using Serve = std::function<void(int socket)>;

  TestServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    WEIR_CHECK(::bind(listener_.get(), any, size) == 0, "a machine has free ports");
    WEIR_CHECK(::getsockname(listener_.get(), any, &size) == 0, "it is bound");
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const { return port_; }

  /// Listens; before that, connections are refused.
  void serve(std::vector<Serve> connections) {
    WEIR_CHECK(::listen(listener_.get(), 8) == 0, "it is bound");
    thread_ = std::jthread([this, connections = std::move(connections)] {
      for (const Serve& serve : connections) {
        const net::Fd socket(::accept(listener_.get(), nullptr, nullptr));
        serve(socket.get());
      }
    });
  }
  static Serve send(std::string_view bytes) {
    return [bytes](int socket) {
      WEIR_CHECK(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                     static_cast<ssize_t>(bytes.size()),
                 "a few bytes fit into a connection");
    };
  }
  /// Keeps the connection until the peer has closed it.
  static Serve wait_for_end() {
    return [](int socket) {
      char space = 0;
      while (::recv(socket, &space, 1, 0) > 0) {
      }
    };
  }

 private:
  net::Fd listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace weir::stream
