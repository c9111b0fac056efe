#pragma once

#include <memory>

#include "net/epoll_loop.h"
#include "net/fd.h"
#include "net/loop.h"

namespace weir::net {

/// A listening TCP socket on an EpollLoop.
class EpollListener final : public Listener, private Watcher {
 public:
  /// Blocks for the look-up if the host is a name.
  static Result<std::unique_ptr<Listener>> listen(EpollLoop& loop, const Endpoint& at,
                                                  AcceptHandler& handler);
  ~EpollListener() override;
  std::uint16_t port() const override { return port_; }

 private:
  EpollListener(EpollLoop& loop, Fd fd, std::uint16_t port, AcceptHandler& handler);
  void on_events(std::uint32_t events) override;

  EpollLoop& loop_;
  AcceptHandler& handler_;
  const Fd fd_;
  const std::uint16_t port_;
  std::uint64_t watch_;
  Timer retry_;
};

}  // namespace weir::net
