#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "weir/types.h"

namespace weir::net {

/// Calls planned for moments, in their order; those of one moment in the order they were added.
/// Belongs to whoever runs the loop, on its thread. Calls may add and cancel others.
class TimerQueue {
 public:
  /// Plans a call and returns its name, never used again. `owner` is whose call it is, if
  /// anybody's.
  std::uint64_t add(TimePoint at, std::function<void()> call, const void* owner = nullptr);
  /// Forgets a call; one that has run or never was is no mistake.
  void cancel(std::uint64_t id);
  /// Forgets all calls of an owner.
  void cancel_all_of(const void* owner);
  /// When the next call is due.
  std::optional<TimePoint> next() const;
  /// Takes out the first call that is due at `now`, or an empty one.
  std::function<void()> take_due(TimePoint now);

 private:
  struct Call {
    std::function<void()> function;
    const void* owner = nullptr;
  };

  std::uint64_t last_id_ = 0;
  std::map<std::pair<TimePoint, std::uint64_t>, Call> calls_;
  std::unordered_map<std::uint64_t, TimePoint> when_;
};

}  // namespace weir::net
