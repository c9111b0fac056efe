#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/assignor.h"
#include "kafka/group_generation.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

/// What the members of a group tell each other through their coordinator, in the form that Kafka's
/// own consumers use, so that its tools understand our groups.
namespace weir::kafka {

/// The kind of group that consumers form.
inline constexpr std::string_view kConsumerGroup = "consumer";

/// Each member's encoded assignment, by member id.
using EncodedAssignments = std::map<std::string, std::string>;

/// What a member tells for one assignor: it still has `owned`, in order, and had its last
/// assignment in `generation`.
std::string encode_subscription(Assignor assignor, const std::vector<std::string>& topics,
                                const std::vector<TopicPartition>& owned, std::int32_t generation);
EncodedAssignments encode_assignments(const GroupAssignment& assignment);

/// Reads what the members want from the answer to the leader's JoinGroup. Fails where one member's
/// subscription cannot be read, and names it.
Result<std::vector<MemberSubscription>> read_members(const wire::JoinGroupResponse& answer);
/// Reads one member's assignment, sorted.
Result<std::vector<TopicPartition>> read_partitions(std::string_view assignment);

/// Requests are views into the arguments.
wire::SyncGroupRequest sync_request(const std::string& group, const GroupGeneration& as,
                                    std::string_view protocol,
                                    const EncodedAssignments& assignments);
wire::LeaveGroupRequest leave_request(const std::string& group, const GroupGeneration& as);

}  // namespace weir::kafka
