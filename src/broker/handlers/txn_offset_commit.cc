// TxnOffsetCommit: how far a group will have come once a producer's transaction is committed.
//
// Since version 5 this adds the group to the transaction; before, AddOffsetsToTxn has done so. A
// member's id and generation (since version 3) are checked as in OffsetCommit, so that a member
// that is one no more cannot commit for the group; a producer that gives neither is trusted. Since
// version 6 topics are named by id.
#include <algorithm>

#include "broker/handlers/group_lookup.h"
#include "broker/handlers/topic_lookup.h"
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace {

using Request = wire::TxnOffsetCommitRequest;
using Asked = Request::TxnOffsetCommitRequestPartition;
using Answer = wire::TxnOffsetCommitResponse;
namespace code = wire::kafka_code;

// Kafka's offset.metadata.max.bytes.
constexpr std::size_t kLongestMetadata = 4096;
constexpr std::int16_t kAbortableSince = 4;
constexpr std::int16_t kAddsGroupSince = 5;
constexpr std::int16_t kTopicIdsSince = 6;

std::int16_t join_transaction(const Call& call, const Request& request) {
  TransactionCoordinator& transactions = call.node.cluster().transactions();
  const ProducerIdentity producer{request.producer_id, request.producer_epoch};
  const std::int16_t error =
      call.version() >= kAddsGroupSince
          ? transactions.add_group(request.transactional_id, producer, request.group_id)
          : transactions.check_group(request.transactional_id, producer, request.group_id);
  if (error == code::kProducerFenced) return code::kInvalidProducerEpoch;
  return in_version(call, error, kAbortableSince);
}

std::int16_t may_commit(const Call& call, const Request& request, Group*& group) {
  if (const auto error = check_group(call, request.group_id)) return error;
  if (request.group_id.empty()) return code::kInvalidGroupId;
  const bool is_member = request.generation_id_or_member_epoch >= 0;
  GroupCoordinator& groups = call.node.cluster().groups();
  group = is_member ? groups.find(request.group_id) : groups.find_or_create(request.group_id);
  if (group == nullptr)
    return is_member ? code::kIllegalGeneration : code::kCoordinatorNotAvailable;
  if (const auto error = group->check_transactional_commit(
          {request.member_id, request.group_instance_id}, request.generation_id_or_member_epoch)) {
    return error;
  }
  return join_transaction(call, request);
}

std::int16_t check(const Call& call, const Topic* topic, const Asked& asked) {
  if (topic == nullptr) {
    return call.version() >= kTopicIdsSince ? code::kUnknownTopicId
                                            : code::kUnknownTopicOrPartition;
  }
  if (!topic->has_partition(asked.partition_index)) return code::kUnknownTopicOrPartition;
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

}  // namespace

void handle(const Call& call, const Request& request) {
  Group* group = nullptr;
  const std::int16_t refused = may_commit(call, request, group);
  Answer response;
  std::vector<Cluster::Commit> commits;
  for (const auto& asked_topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = asked_topic.name;
    answer.topic_id = asked_topic.topic_id;
    const Topic* topic = find_topic(call.node.cluster(), asked_topic.name, asked_topic.topic_id);
    for (const Asked& asked : asked_topic.partitions) {
      const std::int16_t error = refused ? refused : check(call, topic, asked);
      answer.partitions.push_back({asked.partition_index, error});
      if (error == code::kNone) commits.push_back(commit_of(*topic, asked));
    }
  }
  if (!commits.empty() &&
      !call.node.cluster()
           .commit_in_transaction(*group, request.producer_id, std::move(commits))
           .ok()) {
    for (auto& topic : response.topics) {
      for (auto& partition : topic.partitions) {
        if (partition.error_code == code::kNone) partition.error_code = code::kNotCoordinator;
      }
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
