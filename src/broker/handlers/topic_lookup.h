#pragma once

#include <string_view>

#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

/// A partition that a request names, or why there is none.
struct FoundPartition {
  std::int16_t error = 0;
  const Topic* topic = nullptr;
  std::shared_ptr<Partition> partition;
};

/// Finds a topic by the id that a request gives, or by its name where it gives none.
const Topic* find_topic(const Cluster& cluster, std::string_view name, const wire::Uuid& id);

/// Finds a partition of a topic, which is null where find_topic() found none.
FoundPartition find_partition(Node& node, const Topic* topic, bool by_id, std::int32_t index);

/// Says whether a client's idea of the leader's epoch is ours: an error code, or 0.
std::int16_t check_leader_epoch(const Partition& partition, std::int32_t claimed);

}  // namespace weir::broker
