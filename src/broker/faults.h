#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "net/loop.h"
#include "weir/broker_faults.h"

namespace weir::broker {

/// The faults that are to befall requests, in the order they were asked for. Owned by the Cluster;
/// one thread.
class Faults {
 public:
  void add(Fault fault) { faults_.push_back({std::move(fault), 0}); }
  /// Forgets all faults, and lets go what is held.
  void clear();

  /// Counts a request and returns what is to befall it, if anything.
  std::optional<Fault> take(std::int16_t api);

  /// Changes a few bytes, the same ones in each run.
  void garble(std::string& answer);

  /// Keeps the timer of a request that acts later, whatever becomes of its connection.
  void keep(net::Timer timer) { stragglers_.push_back(std::move(timer)); }
  /// Keeps `resume` until release().
  void hold(std::function<void()> resume) { held_.push_back(std::move(resume)); }
  std::size_t held() const { return held_.size(); }
  /// Lets all that is held go on, in the order it came.
  void release();

 private:
  struct Planned {
    Fault fault;
    int seen = 0;
  };
  std::vector<Planned> faults_;
  std::vector<std::function<void()>> held_;
  std::vector<net::Timer> stragglers_;
  std::minstd_rand chance_;
};

}  // namespace weir::broker
