#pragma once

#include <memory>
#include <vector>

#include "net/address.h"
#include "net/epoll_loop.h"
#include "net/fd.h"
#include "net/loop.h"

namespace weir::net {

/// A TCP connection on an EpollLoop.
class EpollSocket final : public Socket, private Watcher {
 public:
  /// Begins to connect; tries each address of a name in turn.
  static std::unique_ptr<Socket> connect(EpollLoop& loop, const Endpoint& to,
                                         SocketHandler& handler);
  /// Takes over a connection that stands.
  EpollSocket(EpollLoop& loop, Fd connected, const Endpoint& peer, SocketHandler& handler);
  ~EpollSocket() override;

  std::size_t read(std::span<char> space) override;
  void expect(std::size_t bytes) override;
  std::size_t write(std::span<const std::string_view> pieces) override;

 private:
  enum class State : std::uint8_t { kConnecting, kConnected, kClosed };

  EpollSocket(EpollLoop& loop, const Endpoint& to, SocketHandler& handler);
  void on_events(std::uint32_t events) override;
  void start(std::vector<Address> candidates);
  void try_next_address();
  bool try_address(const Address& address);
  void finish_connecting();
  void watch(Fd fd);
  void unwatch();
  /// Ends the connection; the handler hears of it in the loop's next turn.
  void close(Error reason);

  EpollLoop& loop_;
  SocketHandler& handler_;
  const Endpoint peer_;
  std::vector<Address> candidates_;  // to be tried, last first
  Fd fd_;
  std::uint64_t watch_ = 0;
  State state_ = State::kConnecting;
  int last_errno_ = 0;
  int expected_ = 1;
  bool may_read_ = false;
  bool peer_finished_ = false;
  bool write_cut_short_ = false;
  // Tells calls that the loop still holds for this socket whether it is there. Shared with them.
  std::shared_ptr<EpollSocket*> self_;
};

}  // namespace weir::net
