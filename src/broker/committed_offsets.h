#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "weir/types.h"

namespace weir::broker {

/// How far a group has come in each partition. A value.
class CommittedOffsets {
 public:
  struct Entry {
    Offset offset;
    std::int32_t leader_epoch = -1;
    std::string metadata;
  };
  using ByPartition = std::map<std::int32_t, Entry>;

  void commit(std::string_view topic, std::int32_t partition, Entry entry) {
    auto found = by_topic_.find(topic);
    if (found == by_topic_.end()) found = by_topic_.emplace(topic, ByPartition()).first;
    found->second.insert_or_assign(partition, std::move(entry));
  }
  /// Null where nothing was committed.
  const Entry* find(std::string_view topic, std::int32_t partition) const {
    const ByPartition& by_partition = of_topic(topic);
    const auto found = by_partition.find(partition);
    return found == by_partition.end() ? nullptr : &found->second;
  }
  const ByPartition& of_topic(std::string_view topic) const {
    static const ByPartition kNone;
    const auto found = by_topic_.find(topic);
    return found == by_topic_.end() ? kNone : found->second;
  }
  void forget(std::string_view topic) {
    if (const auto found = by_topic_.find(topic); found != by_topic_.end()) by_topic_.erase(found);
  }
  void forget(std::string_view topic, std::int32_t partition) {
    const auto found = by_topic_.find(topic);
    if (found == by_topic_.end()) return;
    found->second.erase(partition);
    if (found->second.empty()) by_topic_.erase(found);
  }
  bool empty() const { return by_topic_.empty(); }
  const std::map<std::string, ByPartition, std::less<>>& by_topic() const { return by_topic_; }

 private:
  std::map<std::string, ByPartition, std::less<>> by_topic_;
};

/// Calls `visit(topic, partition, entry)` for each.
template <class Visit>
void for_each_entry(const CommittedOffsets& offsets, Visit&& visit) {
  for (const auto& [topic, by_partition] : offsets.by_topic()) {
    for (const auto& [partition, entry] : by_partition) visit(topic, partition, entry);
  }
}

}  // namespace weir::broker
