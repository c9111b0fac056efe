// OffsetCommit: a group notes how far it has come.
//
// Members commit with their id and generation; whoever has neither (generation -1) may commit for a
// group without members. Offsets stay until their group or topic is deleted; retention_time_ms of
// old versions has no effect. A partition that does not exist is UNKNOWN_TOPIC_OR_PARTITION,
// whoever commits. Topics are named by id since version 10. What cannot be written to disk is
// NOT_COORDINATOR, as in Kafka, and not committed.
#include "broker/handlers/group_lookup.h"
#include "broker/handlers/topic_lookup.h"

namespace weir::broker {

namespace {

using Asked = wire::OffsetCommitRequest::OffsetCommitRequestPartition;
namespace code = wire::kafka_code;

// Kafka's offset.metadata.max.bytes.
constexpr std::size_t kLongestMetadata = 4096;
constexpr std::int16_t kTopicIdsSince = 10;

std::int16_t may_commit(const Call& call, const wire::OffsetCommitRequest& request, Group*& group) {
  if (const auto error = check_group(call, request.group_id)) return error;
  GroupCoordinator& groups = call.node.cluster().groups();
  const bool is_member = request.generation_id_or_member_epoch >= 0;
  group = is_member ? groups.find(request.group_id) : groups.find_or_create(request.group_id);
  if (group == nullptr)
    return is_member ? code::kIllegalGeneration : code::kCoordinatorNotAvailable;
  return group->check_commit({request.member_id, request.group_instance_id},
                             request.generation_id_or_member_epoch);
}

/// `refused` is why nothing can be committed, or 0.
std::int16_t check(const Call& call, const Topic* topic, const Asked& asked, std::int16_t refused) {
  if (topic == nullptr) {
    return call.version() >= kTopicIdsSince ? code::kUnknownTopicId
                                            : code::kUnknownTopicOrPartition;
  }
  if (!topic->has_partition(asked.partition_index)) return code::kUnknownTopicOrPartition;
  if (refused != code::kNone) return refused;
  const bool fits = asked.committed_metadata.value_or("").size() <= kLongestMetadata;
  return fits ? code::kNone : code::kOffsetMetadataTooLarge;
}

Cluster::Commit commit_of(const Topic& topic, const Asked& asked) {
  return {topic.name,
          asked.partition_index,
          {{asked.committed_offset},
           asked.committed_leader_epoch,
           std::string(asked.committed_metadata.value_or(""))}};
}

void fail_all(wire::OffsetCommitResponse& response, std::int16_t error) {
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code == code::kNone) partition.error_code = error;
    }
  }
}

}  // namespace

void handle(const Call& call, const wire::OffsetCommitRequest& request) {
  Group* group = nullptr;
  const std::int16_t refused = may_commit(call, request, group);
  wire::OffsetCommitResponse response;
  std::vector<Cluster::Commit> commits;
  for (const auto& asked_topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = asked_topic.name;
    answer.topic_id = asked_topic.topic_id;
    const Topic* topic = find_topic(call.node.cluster(), asked_topic.name, asked_topic.topic_id);
    for (const Asked& asked : asked_topic.partitions) {
      const std::int16_t error = check(call, topic, asked, refused);
      answer.partitions.push_back({asked.partition_index, error});
      if (error == code::kNone) commits.push_back(commit_of(*topic, asked));
    }
  }
  if (!commits.empty() && !call.node.cluster().commit(*group, std::move(commits)).ok()) {
    fail_all(response, code::kNotCoordinator);
  }
  call.reply.send(response);
}

}  // namespace weir::broker
