// SyncGroup: the leader hands in everyone's assignment; each member gets its own once it has.
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

void handle(const Call& call, const wire::SyncGroupRequest& request) {
  wire::SyncGroupResponse refused;
  refused.error_code = check_group(call, request.group_id);
  if (refused.error_code != 0) return call.reply.send(refused);
  Group* group = call.node.cluster().groups().find(request.group_id);
  if (group == nullptr) {
    refused.error_code = wire::kafka_code::kUnknownMemberId;
    return call.reply.send(refused);
  }
  group->sync(request,
              [reply = call.reply](const wire::SyncGroupResponse& answer) { reply.send(answer); });
}

}  // namespace weir::broker
