#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "weir/types.h"

namespace weir::kafka {

/// Pauses between attempts: each about twice as long as the one before, up to a maximum, with a
/// jitter of a fifth. A value.
class Backoff {
 public:
  Backoff(Duration first, Duration longest, std::uint64_t seed)
      : first_(first),
        longest_(longest),
        jitter_(static_cast<std::minstd_rand::result_type>(seed)) {}

  /// Returns how long to wait before the next attempt.
  Duration next() {
    const Duration pause =
        std::min(first_ * (std::int64_t{1} << std::min(failures_++, 20)), longest_);
    return pause * (80 + static_cast<std::int64_t>(jitter_() % 41)) / 100;
  }
  /// An attempt went well.
  void reset() { failures_ = 0; }

 private:
  Duration first_;
  Duration longest_;
  std::minstd_rand jitter_;
  int failures_ = 0;
};

}  // namespace weir::kafka
