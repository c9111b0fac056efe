#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "base/check.h"
#include "net/fd.h"
#include "net/loopback_port.h"

namespace weir::stream {

/// A peer on a port of this machine, for tests of what reads from one. Serves one connection after
/// the other on a thread of its own.
class TestServer {
 public:
  /// What becomes of a connection: it is closed when the function returns.
  using Serve = std::function<void(int socket)>;

  std::uint16_t port() const { return port_.number(); }

  /// Listens; before that, connections are refused.
  void serve(std::vector<Serve> connections) {
    port_.listen();
    thread_ = std::jthread([this, connections = std::move(connections)] {
      for (const Serve& serve : connections) {
        const net::Fd socket = port_.accept();
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
  net::LoopbackPort port_;
  std::jthread thread_;
};

}  // namespace weir::stream
