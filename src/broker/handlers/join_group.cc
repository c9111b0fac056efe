// JoinGroup: takes a member into a group, and answers when the group's next generation begins.
//
// Since version 4 a client that is new gets MEMBER_ID_REQUIRED with its id, and joins again with it
// (KIP-394). The first member of a new generation is its leader and gets everyone's metadata. A
// group that was empty waits a moment for more members (group_initial_rebalance_delay), as long as
// they keep coming.
//
// Since version 5 a member may be static (group.instance.id, KIP-345). It is taken in at once, and
// when it comes back without a member id it takes its old place: under a new member id, and without
// a rebalance where the group is stable and goes on with the same protocol. If it led the group,
// it still does since version 9, which tells it to assign nothing (KIP-814); before, it is told
// that its old self leads.
#include "base/log.h"
#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace {

constexpr std::int16_t kMemberIdRequiredSince = 4;
constexpr std::int16_t kSkipAssignmentSince = 9;

}  // namespace

void handle(const Call& call, const wire::JoinGroupRequest& request) {
  wire::JoinGroupResponse refused;
  refused.member_id = request.member_id;
  refused.error_code = check_named_group(call, request.group_id);
  if (refused.error_code != 0) return call.reply.send(refused);
  GroupCoordinator& groups = call.node.cluster().groups();
  // Only a new member founds a group; one that knows its id has been in a group that is gone.
  Group* group = request.member_id.empty() ? groups.find_or_create(request.group_id)
                                           : groups.find(request.group_id);
  if (group == nullptr) {
    refused.error_code = request.member_id.empty() ? wire::kafka_code::kCoordinatorNotAvailable
                                                   : wire::kafka_code::kUnknownMemberId;
    return call.reply.send(refused);
  }
  // The address that clients are served at stands for theirs: both are of this machine. With the
  // slash, as Kafka writes it.
  const std::string host = concat("/", call.node.options().host);
  const Client client{call.client_id, host, call.version() >= kMemberIdRequiredSince,
                      call.version() >= kSkipAssignmentSince};
  group->join(request, client,
              [reply = call.reply](const wire::JoinGroupResponse& answer) { reply.send(answer); });
}

}  // namespace weir::broker
