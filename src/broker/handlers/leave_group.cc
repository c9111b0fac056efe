// LeaveGroup: members go, and those who stay share what they had. One member until version 2, a
// list of them since version 3, each with its own error; then a static member may be named by its
// instance id alone, which is how an operator removes one.
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace {

std::int16_t leave(Group* group, const MemberIdentity& who) {
  return group ? group->leave(who) : std::int16_t{wire::kafka_code::kUnknownMemberId};
}

}  // namespace

void handle(const Call& call, const wire::LeaveGroupRequest& request) {
  wire::LeaveGroupResponse response;
  response.error_code = check_named_group(call, request.group_id);
  if (response.error_code != 0) return call.reply.send(response);
  Group* group = call.node.cluster().groups().find(request.group_id);
  if (call.version() < 3) {
    response.error_code = leave(group, {request.member_id, {}});
  } else {
    for (const auto& member : request.members) {
      response.members.push_back({member.member_id, member.group_instance_id,
                                  leave(group, {member.member_id, member.group_instance_id})});
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
