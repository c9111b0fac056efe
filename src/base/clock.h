#pragma once

#include "weir/types.h"

namespace weir {

/// Where time comes from. Tests and the simulator bring their own; nothing else asks the system.
/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual WallTime wall() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall() const override;
};

}  // namespace weir
