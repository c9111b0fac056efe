// SyncGroup: the leader hands in everyone's assignment; each member gets its own once it has.
//
// Since version 5 members say what they take for the group's type and protocol; who does not is
// INCONSISTENT_GROUP_PROTOCOL.
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

void handle(const Call& call, const wire::SyncGroupRequest& request) {
  constexpr std::int16_t kProtocolSince = 5;
  wire::SyncGroupResponse refused;
  refused.error_code = check_named_group(call, request.group_id);
  const bool names_protocol = request.protocol_type && request.protocol_name;
  if (call.version() >= kProtocolSince && !names_protocol) {
    refused.error_code = wire::kafka_code::kInconsistentGroupProtocol;
  }
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
