#include "net/sim_network.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "net/sim_connection.h"

namespace weir::net {

namespace {

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

}  // namespace

SimNetwork::SimNetwork(std::uint64_t seed, SimOptions options)
    : state_(std::make_unique<SimState>(seed, options)) {}

SimNetwork::~SimNetwork() = default;

const Clock& SimNetwork::clock() const { return state_->clock; }

Loop& SimNetwork::loop(std::string_view name) {
  auto found = loops_.find(name);
  if (found == loops_.end()) {
    auto made = std::make_unique<SimLoop>(*state_, std::string(name));
    found = loops_.emplace(std::string(name), std::move(made)).first;
  }
  return *found->second;
}

bool SimNetwork::step() {
  const auto next = state_->agenda.next();
  if (!next) return false;
  state_->clock.move_to(*next);
  state_->agenda.take_due (*next)();
  return true;
}

bool SimNetwork::run_until(const std::function<bool()>& done, Duration limit) {
  const TimePoint deadline = state_->clock.now() + limit;
  while (!done()) {
    const auto next = state_->agenda.next();
    if (!next || *next > deadline) {
      state_->clock.move_to(deadline);
      return done();
    }
    step();
  }
  return true;
}

void SimNetwork::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

void SimNetwork::break_connections(std::string_view name) {
  const auto& broken = static_cast<SimLoop&>(loop(name));
  const auto connections = state_->connections;
  for (const auto& weak : connections) {
    const auto connection = weak.lock();
    if (connection && connection->belongs_to(broken)) connection->break_off();
  }
}

void SimNetwork::kill(std::string_view name) {
  const auto& killed = static_cast<SimLoop&>(loop(name));
  state_->agenda.cancel_all_of(&killed);
  const auto connections = state_->connections;
  for (const auto& weak : connections) {
    if (const auto connection = weak.lock()) connection->abandon(killed);
  }
}

void SimNetwork::set_silent(std::string_view name, bool silent) {
  static_cast<SimLoop&>(loop(name)).set_silent(silent);
}

void SimNetwork::jump_wall_clock(std::chrono::milliseconds by) { state_->clock.jump(by); }

SimOptions& SimNetwork::options() { return state_->options; }

TimePoint SimState::draw_arrival() {
  const auto spread = static_cast<std::uint64_t>((options.max_delay - options.min_delay).count());
  return clock.now() + options.min_delay + Duration(draw(spread + 1));
}

SimListener* SimState::find_listener(const Endpoint& at) const {
  const auto found = std::find_if(listeners.begin(), listeners.end(), [&](SimListener* listener) {
    return listener->port() == at.port &&
           (is_this_machine(at.host) || at.host == listener->loop().name());
  });
  return found == listeners.end() ? nullptr : *found;
}

void SimLoop::set_silent(bool silent) {
  silent_ = silent;
  if (silent) return;
  for (auto& arrival : std::exchange(unheard_, {})) state_.add(now(), std::move(arrival));
}

void SimLoop::post(std::function<void()> f) { state_.add(now(), std::move(f), this); }

std::uint64_t SimLoop::add_timer(TimePoint at, std::function<void()> f) {
  return state_.add(at, std::move(f), this);
}

void SimLoop::cancel_timer(std::uint64_t id) { state_.agenda.cancel(id); }

std::unique_ptr<Socket> SimLoop::connect(const Endpoint& to, SocketHandler& handler) {
  const auto connection = std::make_shared<SimConnection>(state_, *this, to);
  std::erase_if(state_.connections, [](const auto& weak) { return weak.expired(); });
  state_.connections.push_back(connection);
  return connection->connect(handler);
}

Result<std::unique_ptr<Listener>> SimLoop::listen(const Endpoint& at, AcceptHandler& handler) {
  const std::uint16_t port = at.port != 0 ? at.port : ++state_.last_port;
  if (state_.find_listener({name_, port}) != nullptr) {
    return Error(
        ErrorCode::kAlreadyExists,
        concat("cannot listen on ", at, ": the port is in use; choose another, or 0 for any"));
  }
  return std::unique_ptr<Listener>(std::make_unique<SimListener>(state_, *this, port, handler));
}

SimListener::SimListener(SimState& state, SimLoop& loop, std::uint16_t port, AcceptHandler& handler)
    : state_(state), loop_(loop), port_(port), handler_(handler) {
  state_.listeners.push_back(this);
}

SimListener::~SimListener() { std::erase(state_.listeners, this); }

}  // namespace weir::net
