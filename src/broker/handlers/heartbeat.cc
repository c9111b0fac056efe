// Heartbeat: a member lives; it learns by REBALANCE_IN_PROGRESS that it must join again.
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

void handle(const Call& call, const wire::HeartbeatRequest& request) {
  wire::HeartbeatResponse response;
  response.error_code = check_named_group(call, request.group_id);
  if (response.error_code == 0) {
    Group* group = call.node.cluster().groups().find(request.group_id);
    const MemberIdentity who{request.member_id, request.group_instance_id};
    response.error_code = group ? group->heartbeat(who, request.generation_id)
                                : std::int16_t{wire::kafka_code::kUnknownMemberId};
  }
  call.reply.send(response);
}

}  // namespace weir::broker
