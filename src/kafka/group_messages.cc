#include "kafka/group_messages.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/consumer_protocol.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace weir::kafka {

namespace {

/// Since when a member has its partitions. Before version 2 of the protocol Java's cooperative
/// sticky assignor says so in the user data.
std::int32_t generation_of(const wire::ConsumerProtocolSubscription& subscription) {
  if (subscription.generation_id >= 0 || !subscription.user_data) return subscription.generation_id;
  const std::string_view data = subscription.user_data->view;
  return data.size() == sizeof(std::int32_t) ? wire::big_endian_at<std::int32_t>(data.data()) : -1;
}

template <class Topics>
std::vector<TopicPartition> flattened(const Topics& topics) {
  std::vector<TopicPartition> partitions;
  for (const auto& topic : topics) {
    for (const std::int32_t partition : topic.partitions) {
      partitions.push_back({std::string(topic.topic), {partition}});
    }
  }
  return partitions;
}

/// Partitions in order, by topic, as views.
std::vector<wire::ConsumerProtocolSubscription::TopicPartition> by_topic(
    const std::vector<TopicPartition>& partitions) {
  std::vector<wire::ConsumerProtocolSubscription::TopicPartition> topics;
  for (const TopicPartition& partition : partitions) {
    if (topics.empty() || topics.back().topic != partition.topic) {
      topics.emplace_back().topic = partition.topic;
    }
    topics.back().partitions.push_back(partition.partition.value);
  }
  return topics;
}

/// The newest version; every client reads versions newer than its own.
constexpr std::int16_t kProtocolVersion = 3;

}  // namespace

std::string encode_subscription(Assignor assignor, const std::vector<std::string>& topics,
                                const std::vector<TopicPartition>& owned, std::int32_t generation) {
  wire::ConsumerProtocolSubscription subscription;
  subscription.topics.assign(topics.begin(), topics.end());
  subscription.owned_partitions = by_topic(owned);
  subscription.generation_id = generation;
  char user_data[sizeof generation];
  wire::put_big_endian(user_data, generation);
  if (assignor == Assignor::kCooperativeSticky) {
    subscription.user_data = wire::Bytes{{user_data, sizeof user_data}};
  }
  return wire::with_version(subscription, kProtocolVersion);
}

EncodedAssignments encode_assignments(const GroupAssignment& assignment) {
  EncodedAssignments encoded;
  for (const auto& [member, partitions] : assignment) {
    wire::ConsumerProtocolAssignment told;
    told.assigned_partitions = by_topic(partitions);
    encoded[member] = wire::with_version(told, kProtocolVersion);
  }
  return encoded;
}

Result<std::vector<MemberSubscription>> read_members(const wire::JoinGroupResponse& answer) {
  std::vector<MemberSubscription> members;
  for (const auto& told : answer.members) {
    const auto subscription = wire::read_subscription(told.metadata.view);
    if (!subscription.ok()) {
      return Error(subscription.error()).with_context(concat("member ", told.member_id));
    }
    auto& member = members.emplace_back();
    member.member_id = told.member_id;
    member.instance_id = told.group_instance_id;
    member.topics.assign(subscription->topics.begin(), subscription->topics.end());
    member.owned = flattened(subscription->owned_partitions);
    member.generation = generation_of(*subscription);
  }
  return members;
}

Result<std::vector<TopicPartition>> read_partitions(std::string_view assignment) {
  WEIR_ASSIGN_OR_RETURN(const auto told, wire::read_assignment(assignment));
  auto partitions = flattened(told.assigned_partitions);
  std::sort(partitions.begin(), partitions.end());
  return partitions;
}

wire::SyncGroupRequest sync_request(const std::string& group, const GroupGeneration& as,
                                    std::string_view protocol,
                                    const EncodedAssignments& assignments) {
  wire::SyncGroupRequest request;
  request.group_id = group;
  request.generation_id = as.id;
  request.member_id = as.member_id;
  request.group_instance_id = as.instance_id;
  request.protocol_type = kConsumerGroup;
  request.protocol_name = protocol;
  for (const auto& [member, assignment] : assignments) {
    request.assignments.push_back({member, {assignment}});
  }
  return request;
}

wire::LeaveGroupRequest leave_request(const std::string& group, const GroupGeneration& as) {
  wire::LeaveGroupRequest request;
  request.group_id = group;
  request.member_id = as.member_id;
  request.members.push_back({as.member_id, as.instance_id, "the stream stops"});
  return request;
}

}  // namespace weir::kafka
