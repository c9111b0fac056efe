#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "exec/runtime.h"
#include "net/sim_network.h"

namespace weir::exec {

/// The loops of one context on a simulated network, in the one thread that waits: every wait steps
/// the simulation. For tests and the simulator; the network must outlive it.
class SimRuntime final : public Runtime {
 public:
  SimRuntime(net::SimNetwork& network, std::string name, std::size_t workers)
      : network_(network), name_(std::move(name)), workers_(workers) {}

  net::Loop& driver() override { return network_.loop(concat(name_, "-driver")); }
  std::vector<net::Loop*> workers() override {
    std::vector<net::Loop*> loops;
    for (std::size_t i = 0; i < workers_; ++i) {
      loops.push_back(&network_.loop(concat(name_, "-worker-", i)));
    }
    return loops;
  }
  net::Loop& aside(const std::string& name) override {
    return network_.loop(concat(name_, "-", name));
  }
  bool wait(const std::function<bool()>& done, std::optional<Duration> limit) override {
    if (std::exchange(waits_, true)) return done();  // called by what runs on the loops
    const bool is_done = network_.run_until(done, limit.value_or(std::chrono::hours(1)));
    waits_ = false;
    return is_done;
  }
  void wake() override {}
  void stop() override {}

 private:
  net::SimNetwork& network_;
  std::string name_;
  std::size_t workers_;
  bool waits_ = false;
};

}  // namespace weir::exec
