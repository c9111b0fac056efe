// OffsetDelete: forgets what a group has committed for partitions.
//
// A group with members keeps the offsets of the topics that these subscribe to:
// GROUP_SUBSCRIBED_TO_TOPIC. Where its members are no consumers it keeps all: NON_EMPTY_GROUP. A
// topic or partition that does not exist is UNKNOWN_TOPIC_OR_PARTITION; one without an offset is no
// error. What cannot be written to disk is NOT_COORDINATOR, and nothing is forgotten.
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;

std::int16_t check(const Call& call, std::string_view name, const Group*& group) {
  if (const auto error = check_named_group(call, name)) return error;
  group = call.node.cluster().groups().find(name);
  if (group == nullptr || group->is_disposable()) return code::kGroupIdNotFound;
  const bool may_have = group->members().empty() || group->protocol_type() == "consumer";
  return may_have ? code::kNone : code::kNonEmptyGroup;
}

std::int16_t check(const Group& group, const Topic* topic, std::int32_t partition) {
  if (topic == nullptr || !topic->has_partition(partition)) return code::kUnknownTopicOrPartition;
  return group.subscribes_to(topic->name) ? code::kGroupSubscribedToTopic : code::kNone;
}

wire::OffsetDeleteResponse refuse(std::int16_t error) {
  wire::OffsetDeleteResponse response;
  response.error_code = error;
  return response;
}

}  // namespace

void handle(const Call& call, const wire::OffsetDeleteRequest& request) {
  const Group* group = nullptr;
  if (const auto error = check(call, request.group_id, group)) {
    return call.reply.send(refuse(error));
  }
  wire::OffsetDeleteResponse response;
  std::vector<Cluster::OffsetName> names;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    const Topic* found = call.node.cluster().topics().find(topic.name);
    for (const auto& partition : topic.partitions) {
      const auto error = check(*group, found, partition.partition_index);
      answer.partitions.push_back({partition.partition_index, error});
      if (error == code::kNone) names.push_back({topic.name, partition.partition_index});
    }
  }
  if (!names.empty() && !call.node.cluster().delete_offsets(group->name(), names).ok()) {
    return call.reply.send(refuse(code::kNotCoordinator));
  }
  call.reply.send(response);
}

}  // namespace weir::broker
