#pragma once

#include <cstdint>
#include <map>

#include "kafka/topic_partition.h"

namespace weir::kafka {

/// A place in a partition's log between two records. With the epoch of the leader that wrote the
/// record before it, a broker notices when the log was cut off there and written on by another.
struct LogPosition {
  Offset offset;
  std::int32_t epoch = -1;  ///< -1: not known
  bool operator==(const LogPosition&) const = default;
};

using LogPositions = std::map<TopicPartition, LogPosition>;

}  // namespace weir::kafka
