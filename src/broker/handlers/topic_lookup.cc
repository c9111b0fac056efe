#include "broker/handlers/topic_lookup.h"

namespace weir::broker {

namespace code = wire::kafka_code;

const Topic* find_topic(const Cluster& cluster, std::string_view name, const wire::Uuid& id) {
  return id == wire::Uuid() ? cluster.topics().find(name) : cluster.topics().find(id);
}

FoundPartition find_partition(Node& node, const Topic* topic, bool by_id, std::int32_t index) {
  if (const auto error = node.take_error_on_demand()) return {error, topic, nullptr};
  if (topic == nullptr) {
    return {by_id ? code::kUnknownTopicId : code::kUnknownTopicOrPartition, nullptr, nullptr};
  }
  if (!topic->has_partition(index)) return {code::kUnknownTopicOrPartition, topic, nullptr};
  auto partition = node.partition(*topic, index);
  if (!partition) return {code::kNotLeaderOrFollower, topic, nullptr};
  return {code::kNone, topic, std::move(partition)};
}

std::int16_t check_leader_epoch(const Partition& partition, std::int32_t claimed) {
  if (claimed == -1 || claimed == partition.leader_epoch) return code::kNone;
  return claimed < partition.leader_epoch ? code::kFencedLeaderEpoch : code::kUnknownLeaderEpoch;
}

}  // namespace weir::broker
