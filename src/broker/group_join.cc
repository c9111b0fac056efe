#include <algorithm>
#include <limits>

#include "base/log.h"
#include "broker/group.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;

Duration millis(std::int32_t count) { return std::chrono::milliseconds(count); }

void refuse(const JoinReply& reply, std::string_view member_id, std::int16_t error) {
  wire::JoinGroupResponse response;
  response.error_code = error;
  response.member_id = member_id;
  reply(response);
}

std::vector<GroupMember::Protocol> protocols_of(const wire::JoinGroupRequest& request) {
  std::vector<GroupMember::Protocol> protocols;
  for (const auto& protocol : request.protocols) {
    protocols.push_back({std::string(protocol.name), std::string(protocol.metadata.view)});
  }
  return protocols;
}

}  // namespace

void Group::join(const wire::JoinGroupRequest& request, const Client& client, JoinReply reply) {
  if (const auto error = check_join(request)) return refuse(reply, request.member_id, error);
  if (request.member_id.empty()) return join_unknown(request, client, std::move(reply));
  const auto pending = pending_.find(request.member_id);
  if (pending != pending_.end() && !request.group_instance_id) {
    pending_.erase(pending);
    return add_member(std::string(request.member_id), request, client, std::move(reply));
  }
  join_known(request, std::move(reply));
}

std::int16_t Group::check_join(const wire::JoinGroupRequest& request) const {
  const Duration session = millis(request.session_timeout_ms);
  if (session < settings_.min_session_timeout || session > settings_.max_session_timeout) {
    return code::kInvalidSessionTimeout;
  }
  if (!supports(request)) return code::kInconsistentGroupProtocol;
  const bool is_known =
      members_.contains(request.member_id) || pending_.contains(request.member_id);
  if (!is_known && members_.size() + pending_.size() >= kMaxMembers) {
    return code::kGroupMaxSizeReached;
  }
  return code::kNone;
}

// There must be a way of assigning that everyone knows.
bool Group::supports(const wire::JoinGroupRequest& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  if (members_.empty()) return true;
  if (request.protocol_type != protocol_type_) return false;
  return std::any_of(request.protocols.begin(), request.protocols.end(), [&](const auto& offered) {
    return std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
      const auto& known = entry.second.protocols;
      return std::any_of(known.begin(), known.end(),
                         [&](const auto& protocol) { return protocol.name == offered.name; });
    });
  });
}

void Group::join_unknown(const wire::JoinGroupRequest& request, const Client& client,
                         JoinReply reply) {
  if (GroupMember* old = find_static(request.group_instance_id)) {
    return rejoin_static(*old, request, client, std::move(reply));
  }
  std::string id = new_member_id(request, client);
  if (request.group_instance_id || !client.takes_id_first) {
    return add_member(std::move(id), request, client, std::move(reply));
  }
  auto timer = loop_.call_after(millis(request.session_timeout_ms), [this, id] {
    pending_.erase(pending_.find(id));
    complete_join_if_all_here();
  });
  refuse(reply, id, code::kMemberIdRequired);
  pending_.emplace(std::move(id), std::move(timer));
}

std::string Group::new_member_id(const wire::JoinGroupRequest& request, const Client& client) {
  const std::string_view name = request.group_instance_id.value_or(client.id);
  return concat(name, "-", to_hex(ids_.next_uuid()));
}

void Group::join_known(const wire::JoinGroupRequest& request, JoinReply reply) {
  if (const auto error = check_member({request.member_id, request.group_instance_id})) {
    return refuse(reply, request.member_id, error);
  }
  GroupMember* member = find(request.member_id);
  const bool changed = member->protocols != protocols_of(request);
  // A leader joins again when it wants a new assignment; a follower because it missed an answer.
  const bool missed_the_answer =
      !changed && (state_ == GroupState::kCompletingRebalance ||
                   (state_ == GroupState::kStable && member->id != leader_));
  if (!missed_the_answer) return rejoin(*member, request, std::move(reply));
  member->join_reply = std::move(reply);
  touch(*member);
  answer_join(*member);
}

void Group::add_member(std::string id, const wire::JoinGroupRequest& request, const Client& client,
                       JoinReply reply) {
  if (members_.empty()) protocol_type_ = request.protocol_type;
  if (leader_.empty()) leader_ = id;
  GroupMember& member = members_[id];
  member.id = std::move(id);
  member.instance_id = request.group_instance_id;
  member.client_id = client.id;
  member.client_host = client.host;
  member_was_added_ = true;
  rejoin(member, request, std::move(reply));
}

void Group::rejoin(GroupMember& member, const wire::JoinGroupRequest& request, JoinReply reply) {
  update(member, request);
  if (member.join_reply) {
    refuse(std::exchange(member.join_reply, {}), member.id, code::kRebalanceInProgress);
  }
  member.join_reply = std::move(reply);
  touch(member);
  rebalance_or_go_on();
}

void Group::update(GroupMember& member, const wire::JoinGroupRequest& request) {
  member.protocols = protocols_of(request);
  member.session_timeout = millis(request.session_timeout_ms);
  member.rebalance_timeout = request.rebalance_timeout_ms < 0
                                 ? member.session_timeout
                                 : millis(request.rebalance_timeout_ms);
}

wire::JoinGroupResponse Group::join_response(const GroupMember& member) const {
  wire::JoinGroupResponse response;
  response.generation_id = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_;
  response.leader = leader_;
  response.member_id = member.id;
  if (member.id == leader_) {
    for (const auto& [id, other] : members_) {
      response.members.push_back({id, other.instance_id, {other.metadata_for(protocol_)}});
    }
  }
  return response;
}

void Group::answer_join(GroupMember& member) const {
  std::exchange(member.join_reply, {})(join_response(member));
}

}  // namespace weir::broker
