#include "net/sim_network.h"

#include <algorithm>

#include "base/log.h"
#include "net/sim_connection.h"

namespace weir::net {

class SimNetwork::VirtualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall() const override {
    const auto since_start = std::chrono::floor<std::chrono::milliseconds>(now_.time_since_epoch());
    return {kStartMillis + since_start.count()};
  }
  void move_to(TimePoint now) { now_ = std::max(now_, now); }

 private:
  static constexpr std::int64_t kStartMillis = 1'767'225'600'000;  // 2026-01-01T00:00Z
  TimePoint now_{};
};

namespace {

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

}  // namespace

SimNetwork::SimNetwork(std::uint64_t seed, SimOptions options)
    : options_(options), random_(seed), clock_(std::make_unique<VirtualClock>()) {}

SimNetwork::~SimNetwork() = default;

const Clock& SimNetwork::clock() const { return *clock_; }

Loop& SimNetwork::loop(std::string_view name) {
  auto found = loops_.find(name);
  if (found == loops_.end()) {
    auto made = std::make_unique<SimLoop>(*this, std::string(name));
    found = loops_.emplace(std::string(name), std::move(made)).first;
  }
  return *found->second;
}

bool SimNetwork::step() {
  const auto next = agenda_.next();
  if (!next) return false;
  clock_->move_to(*next);
  agenda_.take_due (*next)();
  return true;
}

bool SimNetwork::run_until(const std::function<bool()>& done, Duration limit) {
  const TimePoint deadline = clock_->now() + limit;
  while (!done()) {
    const auto next = agenda_.next();
    if (!next || *next > deadline) {
      clock_->move_to(deadline);
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
  const auto connections = connections_;
  for (const auto& weak : connections) {
    const auto connection = weak.lock();
    if (connection && connection->belongs_to(broken)) connection->break_off();
  }
}

void SimNetwork::set_silent(std::string_view name, bool silent) {
  static_cast<SimLoop&>(loop(name)).set_silent(silent);
}

std::uint64_t SimNetwork::add(TimePoint at, std::function<void()> event) {
  return agenda_.add(std::max(at, clock_->now()), std::move(event));
}

std::uint64_t SimNetwork::draw(std::uint64_t limit) { return random_() % limit; }

TimePoint SimNetwork::draw_arrival() {
  const auto spread = static_cast<std::uint64_t>((options_.max_delay - options_.min_delay).count());
  return clock_->now() + options_.min_delay + Duration(draw(spread + 1));
}

SimListener* SimNetwork::find_listener(const Endpoint& at) {
  const auto found = std::find_if(listeners_.begin(), listeners_.end(), [&](SimListener* listener) {
    return listener->port() == at.port &&
           (is_this_machine(at.host) || at.host == listener->loop().name());
  });
  return found == listeners_.end() ? nullptr : *found;
}

void SimLoop::post(std::function<void()> f) { network_.add(now(), std::move(f)); }

std::uint64_t SimLoop::add_timer(TimePoint at, std::function<void()> f) {
  return network_.add(at, std::move(f));
}

void SimLoop::cancel_timer(std::uint64_t id) { network_.agenda_.cancel(id); }

std::unique_ptr<Socket> SimLoop::connect(const Endpoint& to, SocketHandler& handler) {
  const auto connection = std::make_shared<SimConnection>(network_, *this, to);
  std::erase_if(network_.connections_, [](const auto& weak) { return weak.expired(); });
  network_.connections_.push_back(connection);
  return connection->connect(handler);
}

Result<std::unique_ptr<Listener>> SimLoop::listen(const Endpoint& at, AcceptHandler& handler) {
  const std::uint16_t port = at.port != 0 ? at.port : ++network_.last_port_;
  if (network_.find_listener({name_, port}) != nullptr) {
    return Error(
        ErrorCode::kAlreadyExists,
        concat("cannot listen on ", at, ": the port is in use; choose another, or 0 for any"));
  }
  return std::unique_ptr<Listener>(std::make_unique<SimListener>(network_, *this, port, handler));
}

SimListener::SimListener(SimNetwork& network, SimLoop& loop, std::uint16_t port,
                         AcceptHandler& handler)
    : network_(network), loop_(loop), port_(port), handler_(handler) {
  network_.listeners_.push_back(this);
}

SimListener::~SimListener() { std::erase(network_.listeners_, this); }

}  // namespace weir::net
