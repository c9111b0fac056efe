#include "net/sim_connection.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"

namespace weir::net {

namespace {

std::string first_bytes(std::span<const std::string_view> pieces, std::size_t count) {
  std::string bytes;
  bytes.reserve(count);
  for (std::string_view piece : pieces) bytes += piece.substr(0, count - bytes.size());
  return bytes;
}

}  // namespace

SimConnection::SimConnection(SimState& state, SimLoop& client, Endpoint to)
    : state_(state), to_(std::move(to)) {
  end(Side::kClient).loop = &client;
}

std::unique_ptr<Socket> SimConnection::connect(SocketHandler& handler) {
  auto socket = std::make_unique<SimSocket>(shared_from_this(), Side::kClient, handler);
  state_.add(state_.draw_arrival(), [self = shared_from_this()] { self->reach_listener(); });
  return socket;
}

void SimConnection::reach_listener() {
  if (end(Side::kClient).socket == nullptr) return;
  SimListener* listener = state_.find_listener(to_);
  if (listener == nullptr) return send(Side::kClient, {Arrival::Kind::kRefused, {}});
  if (listener->loop().silent()) return;  // the client waits for as long as it likes
  send(Side::kClient, {Arrival::Kind::kConnected, {}});
  End& server = end(Side::kServer);
  server.loop = &listener->loop();
  server.connected = true;
  listener->handler().on_accept([this](SocketHandler& handler) -> std::unique_ptr<Socket> {
    return std::make_unique<SimSocket>(shared_from_this(), Side::kServer, handler);
  });
  if (server.socket == nullptr && !server.closed) leave(Side::kServer);
}

void SimConnection::send(Side to, Arrival arrival) {
  End& receiver = end(to);
  receiver.last_arrival = std::max(receiver.last_arrival, state_.draw_arrival());
  receiver.bytes += arrival.bytes.size();
  receiver.under_way.push_back(std::move(arrival));
  state_.add(receiver.last_arrival, [self = shared_from_this(), to] { self->arrive(to); });
}

void SimConnection::arrive(Side at) {
  End& receiver = end(at);
  if (receiver.under_way.empty() || receiver.closed) return;
  for (SimLoop* loop : {receiver.loop, end(other(at)).loop}) {
    if (loop == nullptr || !loop->silent()) continue;
    return loop->when_heard([self = shared_from_this(), at] { self->arrive(at); });
  }
  Arrival arrival = std::move(receiver.under_way.front());
  receiver.under_way.pop_front();
  if (arrival.kind == Arrival::Kind::kBytes && state_.options.break_one_in != 0 &&
      state_.draw(state_.options.break_one_in) == 0) {
    return break_off();
  }
  arrive_now(at, std::move(arrival));
}

void SimConnection::arrive_now(Side at, Arrival arrival) {
  End& receiver = end(at);
  receiver.unread += arrival.bytes;
  if (receiver.socket == nullptr) return;
  switch (arrival.kind) {
    case Arrival::Kind::kRefused:
      return close(at, concat("cannot connect to ", to_,
                              ": Connection refused; check that the server runs and the address "
                              "is right"));
    case Arrival::Kind::kConnected:
      receiver.connected = true;
      return receiver.socket->handler().on_connected();
    case Arrival::Kind::kEnd:
      receiver.ended = true;
      [[fallthrough]];
    case Arrival::Kind::kBytes:
      return receiver.socket->handler().on_readable();
  }
}

std::size_t SimConnection::read(Side side, std::span<char> space) {
  End& reader = end(side);
  if (reader.unread.empty()) {
    if (reader.ended) close(side, concat("connection to ", to_, " was closed by the other side"));
    return 0;
  }
  if (space.empty() || reader.closed) return 0;
  const std::size_t most = std::min(space.size(), reader.unread.size());
  const std::size_t count = state_.draw(4) == 0 ? 1 + state_.draw(most) : most;
  std::memcpy(space.data(), reader.unread.data(), count);
  reader.unread.erase(0, count);
  reader.bytes -= count;
  tell_writable(other(side));
  return count;
}

std::size_t SimConnection::write(Side side, std::span<const std::string_view> pieces) {
  End& writer = end(side);
  End& receiver = end(other(side));
  if (!writer.connected || writer.closed) return 0;
  std::size_t total = 0;
  for (std::string_view piece : pieces) total += piece.size();
  std::size_t count = std::min(total, state_.options.window - receiver.bytes);
  if (count > 0 && state_.draw(4) == 0) count = 1 + state_.draw(count);
  if (count < total) {
    writer.wants_room = true;
    tell_writable(side);
  }
  if (count > 0) send(other(side), {Arrival::Kind::kBytes, first_bytes(pieces, count)});
  return count;
}

void SimConnection::tell_writable(Side side) {
  if (!end(side).wants_room) return;
  state_.add(state_.draw_arrival(), [self = shared_from_this(), side] {
    End& writer = self->end(side);
    const bool room = self->end(other(side)).bytes < self->state_.options.window;
    if (!writer.wants_room || !room || writer.socket == nullptr || writer.closed) return;
    writer.wants_room = false;
    writer.socket->handler().on_writable();
  });
}

void SimConnection::close(Side side, std::string_view why) {
  if (end(side).closed) return;
  end(side).closed = true;
  Error reason = Error(ErrorCode::kUnavailable, std::string(why)).as_retriable();
  state_.add(state_.clock.now(), [self = shared_from_this(), side, reason = std::move(reason)] {
    SimSocket* socket = self->end(side).socket;
    if (socket != nullptr) socket->handler().on_closed(reason);
  });
}

void SimConnection::break_off() {
  for (const Side side : {Side::kClient, Side::kServer}) {
    close(side, concat("connection to ", to_, " broke: Connection reset by peer"));
  }
}

void SimConnection::abandon(const SimLoop& dead) {
  for (const Side side : {Side::kClient, Side::kServer}) {
    if (end(side).loop == &dead) leave(side);
  }
}

bool SimConnection::belongs_to(const SimLoop& loop) const {
  return std::any_of(ends_.begin(), ends_.end(), [&](const End& e) { return e.loop == &loop; });
}

void SimConnection::leave(Side side) {
  End& left = end(side);
  left.socket = nullptr;
  if (left.closed || !left.connected) return;
  left.closed = true;
  send(other(side), {Arrival::Kind::kEnd, {}});
}

SimSocket::SimSocket(std::shared_ptr<SimConnection> connection, Side side, SocketHandler& handler)
    : connection_(std::move(connection)), side_(side), handler_(handler) {
  connection_->join(side_, *this);
}

SimSocket::~SimSocket() { connection_->leave(side_); }

}  // namespace weir::net
