#include <algorithm>

#include "broker/group.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;

}  // namespace

// Who names an instance id has to be the one that holds it now.
std::int16_t Group::check_member(const MemberIdentity& who) {
  const GroupMember* member = find(who.member_id);
  if (member && (!who.instance_id || member->instance_id == who.instance_id)) return code::kNone;
  return find_static(who.instance_id) ? code::kFencedInstanceId : code::kUnknownMemberId;
}

GroupMember* Group::find_static(const std::optional<std::string_view>& instance_id) {
  if (!instance_id) return nullptr;
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const auto& entry) {
    return entry.second.instance_id == instance_id;
  });
  return found == members_.end() ? nullptr : &found->second;
}

void Group::rejoin_static(GroupMember& old, const wire::JoinGroupRequest& request,
                          const Client& client, JoinReply reply) {
  refuse_if_waiting(old, code::kFencedInstanceId);
  const std::string old_leader = leader_;
  GroupMember& member = give_id(old, new_member_id(request, client));
  update(member, request);
  member.join_reply = std::move(reply);
  touch(member);
  if (state_ == GroupState::kStable && elect_protocol() == protocol_) {
    return answer_unchanged(member, old_leader, client);
  }
  // A leader that is assigning right now does so for the old id: the round has to begin again.
  rebalance_or_go_on();
}

// All else that the member has stays: its assignment, and whether it leads.
GroupMember& Group::give_id(GroupMember& member, std::string new_id) {
  auto node = members_.extract(member.id);
  if (leader_ == member.id) leader_ = new_id;
  member.id = new_id;
  node.key() = std::move(new_id);
  return members_.insert(std::move(node)).position->second;
}

void Group::answer_unchanged(GroupMember& member, std::string_view old_leader,
                             const Client& client) const {
  wire::JoinGroupResponse response = join_response(member);
  if (client.may_skip_assigning) {
    response.skip_assignment = member.id == leader_;
  } else {
    // It must not assign, so it must not know that it leads.
    response.leader = old_leader;
    response.members.clear();
  }
  std::exchange(member.join_reply, {})(response);
}

std::int16_t Group::leave_static(std::string_view instance_id) {
  const GroupMember* member = find_static(instance_id);
  if (member == nullptr) return code::kUnknownMemberId;
  remove_member(member->id);
  return code::kNone;
}

}  // namespace weir::broker
