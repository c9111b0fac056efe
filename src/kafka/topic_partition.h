#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/log.h"
#include "weir/types.h"

namespace weir::kafka {

/// Names a broker within its cluster.
using NodeId = std::int32_t;

/// Names one partition of one topic.
struct TopicPartition {
  std::string topic;
  PartitionId partition;
  auto operator<=>(const TopicPartition&) const = default;
};

/// Returns "tweets-3", as Kafka's tools write it.
inline std::string to_string(const TopicPartition& name) {
  return concat(name.topic, "-", name.partition.value);
}

}  // namespace weir::kafka
