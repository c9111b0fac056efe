#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::net {

/// Where a peer listens.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

/// Returns "host:port", with brackets around an IPv6 address.
std::string to_string(const Endpoint& endpoint);

/// Is told what happens to one Socket, on the loop's thread. May destroy the Socket in any call.
class SocketHandler {
 public:
  virtual ~SocketHandler() = default;
  /// The connection stands; writing may begin.
  virtual void on_connected() = 0;
  /// There may be bytes: read until 0 comes back. A handler that stops before (its memory is spent)
  /// is not called for these bytes again; it reads on when it likes, from anywhere.
  virtual void on_readable() = 0;
  /// A write that was cut short may go on.
  virtual void on_writable() = 0;
  /// The connection is gone or never came to be; comes once and last, never from inside a call
  /// that the handler itself makes on the socket.
  virtual void on_closed(const Error& reason) = 0;
};

/// One non-blocking stream to a peer. Belongs to one loop's thread. Destroying it closes it, after
/// which the handler is not called again.
class Socket {
 public:
  virtual ~Socket() = default;
  /// Reads up to `space.size()` bytes; 0 when there are none now (or the peer has gone: on_closed
  /// follows).
  virtual std::size_t read(std::span<char> space) = 0;
  /// Says that the reader can do nothing before `bytes` more have come: on_readable may wait until
  /// they are there, or as many as the network holds, or the end. Holds until it is said anew.
  virtual void expect(std::size_t bytes) = 0;
  /// Writes as much of the pieces, in order, as the socket takes now; returns the byte count.
  /// After a short write on_writable comes when there is room.
  virtual std::size_t write(std::span<const std::string_view> pieces) = 0;
};

/// Is handed each new connection of a Listener, on the loop's thread.
class AcceptHandler {
 public:
  virtual ~AcceptHandler() = default;
  /// A peer has connected. The handler answers with who listens to the socket, by calling
  /// `adopt(handler)` before it returns (on_connected is not called for accepted sockets), or does
  /// nothing, which closes the connection.
  virtual void on_accept(const std::function<std::unique_ptr<Socket>(SocketHandler&)>& adopt) = 0;
};

/// Accepts connections until it is destroyed.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual std::uint16_t port() const = 0;
};

class Loop;

/// A call planned for later. Destroying it cancels the call; must not outlive its loop.
class Timer {
 public:
  Timer() = default;
  Timer(Loop& loop, std::uint64_t id) : loop_(&loop), id_(id) {}
  Timer(Timer&& other) noexcept : loop_(other.loop_), id_(other.id_) { other.loop_ = nullptr; }
  Timer& operator=(Timer&& other) noexcept;
  ~Timer() { cancel(); }
  void cancel();

 private:
  Loop* loop_ = nullptr;
  std::uint64_t id_ = 0;
};

/// The event loop as protocol logic sees it: time, timers, sockets, and messages from other
/// threads. One thread runs a loop; all but post() is for that thread only. EpollLoop is the real
/// one, SimNetwork makes simulated ones that share a virtual clock.
class Loop {
 public:
  virtual ~Loop() = default;

  virtual const Clock& clock() const = 0;
  TimePoint now() const { return clock().now(); }

  /// Calls `f` on the loop's thread once `at` has come, unless the Timer is destroyed before.
  [[nodiscard]] Timer call_at(TimePoint at, std::function<void()> f) {
    return Timer(*this, add_timer(at, std::move(f)));
  }
  [[nodiscard]] Timer call_after(Duration delay, std::function<void()> f) {
    return call_at(now() + delay, std::move(f));
  }

  /// Calls `f` soon on the loop's thread. Thread-safe; calls from one thread keep their order.
  virtual void post(std::function<void()> f) = 0;

  /// Begins to connect; the outcome comes to `handler`. Host names are resolved off the loop.
  virtual std::unique_ptr<Socket> connect(const Endpoint& to, SocketHandler& handler) = 0;
  /// Listens on a local address; port 0 takes a free one. Fails when the port is in use.
  virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at, AcceptHandler& handler) = 0;

 private:
  friend class Timer;
  virtual std::uint64_t add_timer(TimePoint at, std::function<void()> f) = 0;
  virtual void cancel_timer(std::uint64_t id) = 0;
};

}  // namespace weir::net
