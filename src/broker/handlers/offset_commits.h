#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/handlers/group_lookup.h"
#include "broker/handlers/topic_lookup.h"

/// What OffsetCommit and TxnOffsetCommit have in common; their messages have the same fields.
namespace weir::broker {

/// Finds the group that a request commits for, one that is made where no member commits. Returns an
/// error code, or 0.
template <class Request>
std::int16_t find_committing_group(const Call& call, const Request& request, Group*& group) {
  namespace code = wire::kafka_code;
  if (const auto error = check_group(call, request.group_id)) return error;
  GroupCoordinator& groups = call.node.cluster().groups();
  const bool is_member = request.generation_id_or_member_epoch >= 0;
  group = is_member ? groups.find(request.group_id) : groups.find_or_create(request.group_id);
  if (group != nullptr) return code::kNone;
  return is_member ? code::kIllegalGeneration : code::kCoordinatorNotAvailable;
}

/// Whether any partition that is asked for exists.
template <class Request>
bool names_a_partition(const Call& call, const Request& request) {
  for (const auto& asked_topic : request.topics) {
    const Topic* topic = find_topic(call.node.cluster(), asked_topic.name, asked_topic.topic_id);
    for (const auto& asked : asked_topic.partitions) {
      if (topic != nullptr && topic->has_partition(asked.partition_index)) return true;
    }
  }
  return false;
}

/// What is wrong with committing an offset, or 0. `refused` is why none can be committed, or 0.
template <class Asked>
std::int16_t check_commit(const Topic* topic, bool by_id, const Asked& asked,
                          std::int16_t refused) {
  namespace code = wire::kafka_code;
  constexpr std::size_t kLongestMetadata = 4096;  // Kafka's offset.metadata.max.bytes
  if (topic == nullptr) return by_id ? code::kUnknownTopicId : code::kUnknownTopicOrPartition;
  if (!topic->has_partition(asked.partition_index)) return code::kUnknownTopicOrPartition;
  if (refused != code::kNone) return refused;
  const bool fits = asked.committed_metadata.value_or("").size() <= kLongestMetadata;
  return fits ? code::kNone : code::kOffsetMetadataTooLarge;
}

/// Answers for each partition, and returns what is to be committed of them.
template <class Request>
std::vector<Cluster::Commit> take_commits(const Call& call, const Request& request, bool by_id,
                                          std::int16_t refused,
                                          typename Request::Response& response) {
  std::vector<Cluster::Commit> commits;
  for (const auto& asked_topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = asked_topic.name;
    answer.topic_id = asked_topic.topic_id;
    const Topic* topic = find_topic(call.node.cluster(), asked_topic.name, asked_topic.topic_id);
    for (const auto& asked : asked_topic.partitions) {
      const std::int16_t error = check_commit(topic, by_id, asked, refused);
      answer.partitions.push_back({asked.partition_index, error});
      if (error != wire::kafka_code::kNone) continue;
      commits.push_back({topic->name,
                         asked.partition_index,
                         {{asked.committed_offset},
                          asked.committed_leader_epoch,
                          std::string(asked.committed_metadata.value_or(""))}});
    }
  }
  return commits;
}

/// Nothing of it could be kept.
template <class Response>
void fail_commits(Response& response) {
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code == wire::kafka_code::kNone) {
        partition.error_code = wire::kafka_code::kNotCoordinator;
      }
    }
  }
}

}  // namespace weir::broker
