#pragma once

#include <algorithm>
#include <cstdint>

#include "weir/types.h"

namespace weir::broker {

/// How the replicas on the other nodes of a simulated cluster follow each leader.
struct FollowerOptions {
  Duration lag{};                ///< how long a round takes them that brings what was appended
  std::int32_t min_in_sync = 1;  ///< with fewer nodes online nothing is taken as replicated
};

/// How far the replicas that follow the leader of one partition have come, and what the leader
/// knows of it: the high watermark, which they are told with the next round. Owned by its
/// Partition; one thread.
class Followers {
 public:
  /// What lies before it cannot be lost: all replicas in sync have it.
  Offset replicated() const { return replicated_; }
  /// What the leader knows to be replicated.
  Offset high_watermark() const { return high_watermark_; }

  /// All have what lies before `end`.
  void reach(Offset end) {
    told_ = high_watermark_;
    replicated_ = std::max(replicated_, end);
    high_watermark_ = replicated_;
  }
  /// One of them leads now: it knows what it was told last.
  void change_leader() { high_watermark_ = told_; }

 private:
  Offset replicated_;
  Offset high_watermark_;
  Offset told_;
};

}  // namespace weir::broker
