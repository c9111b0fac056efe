#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "broker/committed_offsets.h"

namespace weir::broker {

/// How far a group will have come once transactions that are open are committed. By the id of the
/// producer whose transaction it is. A value.
class PendingOffsets {
 public:
  /// What a producer's transaction gives the group, to be added to.
  CommittedOffsets& of(std::int64_t producer_id) { return by_producer_[producer_id]; }
  /// What a producer's transaction gave the group.
  const CommittedOffsets& of_producer(std::int64_t producer_id) const {
    static const CommittedOffsets kNone;
    const auto found = by_producer_.find(producer_id);
    return found == by_producer_.end() ? kNone : found->second;
  }
  /// Whether it is open how far the group has come in a partition.
  bool contain(std::string_view topic, std::int32_t partition) const {
    return std::any_of(by_producer_.begin(), by_producer_.end(), [&](const auto& entry) {
      return entry.second.find(topic, partition) != nullptr;
    });
  }
  void forget(std::int64_t producer_id) { by_producer_.erase(producer_id); }
  void forget(std::string_view topic) {
    for (auto& [producer, offsets] : by_producer_) offsets.forget(topic);
  }
  bool empty() const { return by_producer_.empty(); }
  const std::map<std::int64_t, CommittedOffsets>& by_producer() const { return by_producer_; }

 private:
  std::map<std::int64_t, CommittedOffsets> by_producer_;
};

}  // namespace weir::broker
