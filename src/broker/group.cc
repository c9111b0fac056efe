#include "broker/group.h"

#include <algorithm>
#include <vector>

#include "wire/consumer_protocol.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;

// How long a client that is new may take between its id and the end of its first rebalance.
constexpr Duration kNewMemberTimeout = std::chrono::minutes(5);
// How soon a round that nobody joined is looked at again, where members allow it no time at all.
constexpr Duration kShortestWait = std::chrono::seconds(1);

void refuse(const SyncReply& reply, std::int16_t error) {
  wire::SyncGroupResponse response;
  response.error_code = error;
  reply(response);
}

bool has_joined(const std::pair<const std::string, GroupMember>& entry) {
  return bool{entry.second.join_reply};
}

// Newer clients repeat what the group agreed on, so that a mix-up is noticed.
bool differs(const std::optional<std::string_view>& claimed, std::string_view agreed) {
  return claimed && *claimed != agreed;
}

}  // namespace

std::string_view to_string(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparingRebalance:
      return "PreparingRebalance";
    case GroupState::kCompletingRebalance:
      return "CompletingRebalance";
    case GroupState::kStable:
      return "Stable";
  }
  return "Unknown";
}

Group::Group(std::string name, net::Loop& loop, IdSource& ids, const GroupSettings& settings)
    : name_(std::move(name)), loop_(loop), ids_(ids), settings_(settings) {}

void Group::rebalance() {
  const bool is_cut_short = state_ == GroupState::kCompletingRebalance;
  for (auto& [id, member] : members_) {
    if (is_cut_short) member.assignment.clear();
    if (member.sync_reply) {
      refuse(std::exchange(member.sync_reply, {}), code::kRebalanceInProgress);
    }
  }
  const bool was_empty = state_ == GroupState::kEmpty;
  state_ = GroupState::kPreparingRebalance;
  if (was_empty) {
    return wait_for_first_members(settings_.initial_rebalance_delay, longest_rebalance_timeout());
  }
  round_timer_ = loop_.call_after(longest_rebalance_timeout(), [this] { complete_join(); });
  complete_join_if_all_here();
}

void Group::rebalance_or_go_on() {
  if (state_ == GroupState::kPreparingRebalance) return complete_join_if_all_here();
  rebalance();
}

// More members are likely to come right after the first; each one that does prolongs the wait.
void Group::wait_for_first_members(Duration delay, Duration remaining) {
  delay = std::min(delay, remaining);
  remaining -= delay;
  member_was_added_ = false;
  if (delay <= Duration::zero()) return complete_join();
  waits_for_first_members_ = true;
  round_timer_ = loop_.call_after(delay, [this, delay, remaining] {
    waits_for_first_members_ = false;
    if (member_was_added_ && remaining > Duration::zero()) {
      return wait_for_first_members(delay, remaining);
    }
    complete_join();
  });
}

void Group::complete_join_if_all_here() {
  if (state_ != GroupState::kPreparingRebalance || waits_for_first_members_ || !pending_.empty()) {
    return;
  }
  if (std::all_of(members_.begin(), members_.end(), has_joined)) complete_join();
}

void Group::complete_join() {
  round_timer_ = {};
  // A static member that is not here may be starting again: it keeps its place for its session.
  std::erase_if(members_,
                [](const auto& entry) { return !has_joined(entry) && !entry.second.instance_id; });
  const bool nobody_joined = std::none_of(members_.begin(), members_.end(), has_joined);
  if (nobody_joined && !members_.empty()) return wait_for_static_members();
  ++generation_;
  if (members_.empty()) {
    state_ = GroupState::kEmpty;
    protocol_.clear();
    leader_.clear();
    return;
  }
  begin_generation();
}

// Without anyone to lead, the round goes on until somebody joins or the last session has ended.
void Group::wait_for_static_members() {
  const Duration wait = std::max(longest_rebalance_timeout(), kShortestWait);
  round_timer_ = loop_.call_after(wait, [this] { complete_join(); });
}

void Group::begin_generation() {
  state_ = GroupState::kCompletingRebalance;
  elect_leader();
  protocol_ = elect_protocol();
  for (auto& [id, member] : members_) {
    member.is_new = false;
    member.has_synced = false;
    touch(member);
    if (member.join_reply) answer_join(member);
  }
  round_timer_ =
      loop_.call_after(longest_rebalance_timeout(), [this] { expire_who_does_not_sync(); });
}

// Whoever leads has to be here to assign.
void Group::elect_leader() {
  const auto leader = members_.find(leader_);
  if (leader != members_.end() && has_joined(*leader)) return;
  leader_ = std::find_if(members_.begin(), members_.end(), has_joined)->first;
}

// Each member votes for the first in its list that all of them know.
std::string Group::elect_protocol() const {
  const auto known_to_all = [&](std::string_view name) {
    return std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
      const auto& protocols = entry.second.protocols;
      return std::any_of(protocols.begin(), protocols.end(),
                         [&](const auto& protocol) { return protocol.name == name; });
    });
  };
  std::map<std::string_view, int> votes;
  for (const auto& [id, member] : members_) {
    const auto choice =
        std::find_if(member.protocols.begin(), member.protocols.end(),
                     [&](const auto& protocol) { return known_to_all(protocol.name); });
    if (choice != member.protocols.end()) ++votes[choice->name];
  }
  const auto winner = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return winner == votes.end() ? std::string() : std::string(winner->first);
}

void Group::expire_who_does_not_sync() {
  const std::size_t before = members_.size();
  std::erase_if(members_, [](const auto& entry) { return !entry.second.has_synced; });
  if (members_.size() != before) rebalance();
}

void Group::sync(const wire::SyncGroupRequest& request, SyncReply reply) {
  if (const auto error = check_member({request.member_id, request.group_instance_id})) {
    return refuse(reply, error);
  }
  GroupMember* member = find(request.member_id);
  if (request.generation_id != generation_) return refuse(reply, code::kIllegalGeneration);
  if (differs(request.protocol_type, protocol_type_) || differs(request.protocol_name, protocol_)) {
    return refuse(reply, code::kInconsistentGroupProtocol);
  }
  if (state_ == GroupState::kPreparingRebalance) return refuse(reply, code::kRebalanceInProgress);
  if (member->sync_reply) refuse(member->sync_reply, code::kRebalanceInProgress);
  member->sync_reply = std::move(reply);
  member->has_synced = true;
  touch(*member);
  if (state_ == GroupState::kStable) return answer_sync(*member);
  if (member->id == leader_) give_assignments(request);
}

void Group::give_assignments(const wire::SyncGroupRequest& request) {
  for (auto& [id, member] : members_) member.assignment.clear();
  for (const auto& given : request.assignments) {
    if (GroupMember* member = find(given.member_id)) member->assignment = given.assignment.view;
  }
  state_ = GroupState::kStable;
  for (auto& [id, member] : members_) {
    if (!member.sync_reply) continue;
    touch(member);
    answer_sync(member);
  }
}

void Group::answer_sync(GroupMember& member) const {
  wire::SyncGroupResponse response;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_;
  response.assignment.view = member.assignment;
  std::exchange(member.sync_reply, {})(response);
}

bool Group::subscribes_to(std::string_view topic) const {
  for (const auto& [id, member] : members_) {
    const auto subscription = wire::read_subscription(member.metadata_for(protocol_));
    if (!subscription.ok()) return true;
    const auto& topics = subscription->topics;
    if (std::find(topics.begin(), topics.end(), topic) != topics.end()) return true;
  }
  return false;
}

std::int16_t Group::heartbeat(const MemberIdentity& who, std::int32_t generation) {
  if (const auto error = check_member(who)) return error;
  if (generation != generation_) return code::kIllegalGeneration;
  touch(*find(who.member_id));
  return state_ == GroupState::kPreparingRebalance ? code::kRebalanceInProgress : code::kNone;
}

std::int16_t Group::leave(const MemberIdentity& who) {
  if (who.member_id.empty() && who.instance_id) return leave_static(*who.instance_id);
  if (const auto pending = pending_.find(who.member_id); pending != pending_.end()) {
    pending_.erase(pending);
    complete_join_if_all_here();
    return code::kNone;
  }
  if (const auto error = check_member(who)) return error;
  remove_member(who.member_id);
  return code::kNone;
}

std::int16_t Group::check_commit(const MemberIdentity& who, std::int32_t generation) {
  // A consumer that assigns its partitions itself has no generation, and may use an empty group.
  if (generation < 0 && members_.empty()) return code::kNone;
  if (const auto error = check_member(who)) return error;
  if (generation != generation_) return code::kIllegalGeneration;
  if (state_ == GroupState::kCompletingRebalance) return code::kRebalanceInProgress;
  touch(*find(who.member_id));
  return code::kNone;
}

std::int16_t Group::check_transactional_commit(const MemberIdentity& who, std::int32_t generation) {
  if (generation < 0 && who.member_id.empty() && !who.instance_id) return code::kNone;
  if (const auto error = check_member(who)) return error;
  return generation == generation_ ? code::kNone : code::kIllegalGeneration;
}

void Group::unload() {
  std::vector<std::string> unknown;  // to the next coordinator: it has read of no round with them
  for (auto& [id, member] : members_) {
    if (member.is_new && member.join_reply) unknown.push_back(id);
    refuse_if_waiting(member, code::kNotCoordinator);
  }
  for (const std::string& id : unknown) {
    if (members_.contains(id)) remove_member(id);
  }
}

void Group::refuse_if_waiting(GroupMember& member, std::int16_t error) {
  if (member.join_reply) {
    wire::JoinGroupResponse response;
    response.error_code = error;
    if (error != code::kUnknownMemberId) response.member_id = member.id;
    std::exchange(member.join_reply, {})(response);
  }
  if (member.sync_reply) refuse(std::exchange(member.sync_reply, {}), error);
}

void Group::remove_member(std::string_view id) {
  const auto found = members_.find(id);
  refuse_if_waiting(found->second, code::kUnknownMemberId);
  members_.erase(found);
  rebalance_or_go_on();
}

void Group::touch(GroupMember& member) {
  member.alive_until = loop_.now() + (member.is_new ? kNewMemberTimeout : member.session_timeout);
  watch_session(member);
}

void Group::watch_session(GroupMember& member) {
  member.session_timer =
      loop_.call_at(member.alive_until, [this, id = member.id] { check_session(id); });
}

void Group::check_session(const std::string& member_id) {
  GroupMember& member = *find(member_id);
  // Who waits for us cannot be blamed for silence.
  if (!member.is_new && (member.join_reply || member.sync_reply)) return touch(member);
  remove_member(std::string(member_id));
}

GroupMember* Group::find(std::string_view member_id) {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : &found->second;
}

Duration Group::longest_rebalance_timeout() const {
  Duration longest{};
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

}  // namespace weir::broker
