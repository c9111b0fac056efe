#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/loop.h"
#include "net/sim_network.h"
#include "net/timer_queue.h"

namespace weir::net {

class SimConnection;
class SimListener;
class SimLoop;

/// A clock that stands still until it is moved.
class VirtualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall() const override {
    const auto since_start = std::chrono::floor<std::chrono::milliseconds>(now_.time_since_epoch());
    return {kStartMillis + since_start.count() + jumped_.count()};
  }
  /// Sets the wall clock forward or back, as an administrator might.
  void jump(std::chrono::milliseconds by) { jumped_ += by; }
  void move_to(TimePoint now) { now_ = std::max(now_, now); }

 private:
  static constexpr std::int64_t kStartMillis = 1'767'225'600'000;  // 2026-01-01T00:00Z
  TimePoint now_{};
  std::chrono::milliseconds jumped_{0};
};

/// What the loops, listeners and connections of one SimNetwork share. Owned by it.
class SimState {
 public:
  SimState(std::uint64_t seed, SimOptions sim_options) : options(sim_options), random_(seed) {}

  /// Plans an event at `at`, or now if that has passed. It dies with its loop, if it has one.
  std::uint64_t add(TimePoint at, std::function<void()> event, const SimLoop* loop = nullptr) {
    return agenda.add(std::max(at, clock.now()), std::move(event), loop);
  }
  /// A number from 0 to `limit` - 1.
  std::uint64_t draw(std::uint64_t limit) { return random_() % limit; }
  /// When something sent now arrives.
  TimePoint draw_arrival();
  SimListener* find_listener(const Endpoint& at) const;

  SimOptions options;
  VirtualClock clock;
  TimerQueue agenda;
  std::uint16_t last_port = 40000;
  std::vector<SimListener*> listeners;
  std::vector<std::weak_ptr<SimConnection>> connections;

 private:
  std::mt19937_64 random_;
};

}  // namespace weir::net
