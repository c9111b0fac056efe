#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/sim_state.h"

namespace weir::net {

class SimSocket;

/// The loop that a simulated socket, listener or timer belongs to.
class SimLoop final : public Loop {
 public:
  SimLoop(SimState& state, std::string name) : state_(state), name_(std::move(name)) {}

  const Clock& clock() const override { return state_.clock; }
  void post(std::function<void()> f) override;
  std::unique_ptr<Socket> connect(const Endpoint& to, SocketHandler& handler) override;
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at, AcceptHandler& handler) override;

  const std::string& name() const { return name_; }
  bool silent() const { return silent_; }
  void set_silent(bool silent);
  /// Calls `f` once the loop, which is silent, is heard again.
  void when_heard(std::function<void()> f) { unheard_.push_back(std::move(f)); }

 private:
  std::uint64_t add_timer(TimePoint at, std::function<void()> f) override;
  void cancel_timer(std::uint64_t id) override;

  SimState& state_;
  const std::string name_;
  bool silent_ = false;
  std::vector<std::function<void()>> unheard_;
};

/// A port of a simulated loop.
class SimListener final : public Listener {
 public:
  SimListener(SimState& state, SimLoop& loop, std::uint16_t port, AcceptHandler& handler);
  ~SimListener() override;
  std::uint16_t port() const override { return port_; }
  SimLoop& loop() const { return loop_; }
  AcceptHandler& handler() const { return handler_; }

 private:
  SimState& state_;
  SimLoop& loop_;
  const std::uint16_t port_;
  AcceptHandler& handler_;
};

/// Which end of a connection.
enum class Side : std::uint8_t { kClient = 0, kServer = 1 };
constexpr Side other(Side side) { return side == Side::kClient ? Side::kServer : Side::kClient; }

/// The two streams between two simulated sockets. Shared by both and by what is under way.
class SimConnection final : public std::enable_shared_from_this<SimConnection> {
 public:
  SimConnection(SimState& state, SimLoop& client, Endpoint to);

  std::unique_ptr<Socket> connect(SocketHandler& handler);
  /// Ends both streams where they are, as when a host fails.
  void break_off();
  bool belongs_to(const SimLoop& loop) const;
  /// Leaves on the side of a loop whose process died.
  void abandon(const SimLoop& dead);

  /// For the sockets: each names its side.
  void join(Side side, SimSocket& socket) { end(side).socket = &socket; }
  std::size_t read(Side side, std::span<char> space);
  std::size_t write(Side side, std::span<const std::string_view> pieces);
  void leave(Side side);

 private:
  /// What arrives on one side: bytes, the end of the stream, or the outcome of connecting.
  struct Arrival {
    enum class Kind : std::uint8_t { kBytes, kEnd, kConnected, kRefused } kind;
    std::string bytes;
  };
  struct End {
    SimLoop* loop = nullptr;
    SimSocket* socket = nullptr;  // null before it is there and after it was destroyed
    std::deque<Arrival> under_way;
    TimePoint last_arrival{};
    std::string unread;
    std::size_t bytes = 0;  // under way and unread
    bool connected = false;
    bool ended = false;       // nothing more will arrive
    bool closed = false;      // its handler has been told, or is about to be
    bool wants_room = false;  // a write was cut short
  };

  End& end(Side side) { return ends_[static_cast<std::size_t>(side)]; }
  void send(Side to, Arrival arrival);
  void arrive(Side at);
  void arrive_now(Side at, Arrival arrival);
  void reach_listener();
  void tell_writable(Side side);
  void close(Side side, std::string_view why);

  SimState& state_;
  const Endpoint to_;
  std::array<End, 2> ends_;
};

/// One end of a SimConnection.
class SimSocket final : public Socket {
 public:
  SimSocket(std::shared_ptr<SimConnection> connection, Side side, SocketHandler& handler);
  ~SimSocket() override;

  std::size_t read(std::span<char> space) override { return connection_->read(side_, space); }
  void expect(std::size_t) override {}  // it is told of each piece all the same
  std::size_t write(std::span<const std::string_view> pieces) override {
    return connection_->write(side_, pieces);
  }
  SocketHandler& handler() const { return handler_; }

 private:
  const std::shared_ptr<SimConnection> connection_;
  const Side side_;
  SocketHandler& handler_;
};

}  // namespace weir::net
