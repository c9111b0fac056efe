// DescribeGroups: groups with their members, what these told the leader and what they were given.
//
// A group that does not exist is described as dead, without error, until version 5; since version 6
// it is GROUP_ID_NOT_FOUND. The protocol, and what members said under it, hold while the group is
// stable: in a rebalance they are the last round's, and not shown. There are no access rights here,
// so authorized_operations says nothing.
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace {

using Answer = wire::DescribeGroupsResponse::DescribedGroup;
namespace code = wire::kafka_code;

constexpr std::int16_t kNotFoundSince = 6;

Answer describe(const Call& call, std::string_view name) {
  Answer answer;
  answer.group_id = name;
  answer.error_code = check_group(call, name);
  if (answer.error_code != code::kNone) return answer;
  const Group* group = call.node.cluster().groups().find(name);
  if (group == nullptr || !group->is_visible()) {
    answer.group_state = "Dead";
    if (call.version() >= kNotFoundSince) {
      answer.error_code = code::kGroupIdNotFound;
      answer.error_message = "there is no such group";
    }
    return answer;
  }
  answer.group_state = to_string(group->state());
  answer.protocol_type = group->protocol_type();
  const std::string_view protocol =
      group->state() == GroupState::kStable ? std::string_view(group->protocol()) : "";
  answer.protocol_data = protocol;
  for (const auto& [id, member] : group->members()) {
    auto& described = answer.members.emplace_back();
    described.member_id = id;
    described.group_instance_id = member.instance_id;
    described.client_id = member.client_id;
    described.client_host = member.client_host;
    described.member_metadata.view = member.metadata_for(protocol);
    described.member_assignment.view = member.assignment;
  }
  return answer;
}

}  // namespace

void handle(const Call& call, const wire::DescribeGroupsRequest& request) {
  wire::DescribeGroupsResponse response;
  for (std::string_view name : request.groups) response.groups.push_back(describe(call, name));
  call.reply.send(response);
}

}  // namespace weir::broker
