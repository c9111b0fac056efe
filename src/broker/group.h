#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "broker/committed_offsets.h"
#include "broker/group_member.h"
#include "broker/id_source.h"
#include "broker/pending_offsets.h"
#include "net/loop.h"
#include "wire/messages/heartbeat.h"

namespace weir::broker {

/// What all groups have in common.
struct GroupSettings {
  Duration initial_rebalance_delay{};
  Duration min_session_timeout{};
  Duration max_session_timeout{};
};

enum class GroupState : std::uint8_t {
  kEmpty,                ///< no members
  kPreparingRebalance,   ///< waiting for members to join
  kCompletingRebalance,  ///< waiting for the leader's assignment
  kStable,               ///< every member has its assignment, or can ask for it
};
/// Returns the name by which Kafka's tools know the state.
std::string_view to_string(GroupState state);

/// One consumer group, by Kafka's classic protocol: members join, the first of them becomes leader
/// and assigns partitions to all; whoever comes, goes, changes or falls silent starts the next
/// round, a *generation*. What the members say to each other is opaque here.
/// A state machine: requests and time come in, answers go out through the replies it was given.
///
/// A *static* member has an instance id. When its process starts again, it takes its old place and,
/// in a stable group, its old assignment, without a rebalance; whoever still uses the old member id
/// is fenced. It need not join each round, and goes when its session ends or it leaves.
///
/// Owned by the GroupCoordinator; one thread.
class Group {
 public:
  /// A limit on what peers can make us keep.
  static constexpr std::size_t kMaxMembers = 10'000;

  /// `loop`, `ids` and `settings` outlive the group.
  Group(std::string name, net::Loop& loop, IdSource& ids, const GroupSettings& settings);

  const std::string& name() const { return name_; }
  GroupState state() const { return state_; }
  std::int32_t generation() const { return generation_; }
  /// Empty until the first member has joined.
  const std::string& protocol_type() const { return protocol_type_; }
  /// The way of assigning that the members agreed on.
  const std::string& protocol() const { return protocol_; }
  const std::map<std::string, GroupMember, std::less<>>& members() const { return members_; }
  CommittedOffsets& offsets() { return offsets_; }
  const CommittedOffsets& offsets() const { return offsets_; }
  PendingOffsets& pending() { return pending_offsets_; }
  const PendingOffsets& pending() const { return pending_offsets_; }
  /// Whether its members read a topic, as far as that is known: members without a common protocol
  /// may read any.
  bool subscribes_to(std::string_view topic) const;
  /// Whether others see it: it has members, or offsets.
  bool is_visible() const { return state_ != GroupState::kEmpty || !offsets_.empty(); }
  /// Nobody would miss it.
  bool is_disposable() const {
    return !is_visible() && pending_.empty() && pending_offsets_.empty();
  }

  /// Takes a member in, or lets one join again.
  void join(const wire::JoinGroupRequest& request, const Client& client, JoinReply reply);
  /// Takes the leader's assignments, and gives each member its own.
  void sync(const wire::SyncGroupRequest& request, SyncReply reply);
  /// Each returns a Kafka error code.
  std::int16_t heartbeat(const MemberIdentity& who, std::int32_t generation);
  /// A static member can be named by its instance id alone.
  std::int16_t leave(const MemberIdentity& who);
  /// Says whether who claims this identity may commit offsets now.
  std::int16_t check_commit(const MemberIdentity& who, std::int32_t generation);
  /// The same for offsets that belong to a transaction: a producer that says nothing of itself is
  /// no member and may, and so may a member while it waits for its assignment.
  std::int16_t check_transactional_commit(const MemberIdentity& who, std::int32_t generation);
  /// Answers all that wait with NOT_COORDINATOR.
  void unload();

 private:
  // Joining, in group_join.cc.
  std::int16_t check_join(const wire::JoinGroupRequest& request) const;
  bool supports(const wire::JoinGroupRequest& request) const;
  void join_unknown(const wire::JoinGroupRequest& request, const Client& client, JoinReply reply);
  void join_known(const wire::JoinGroupRequest& request, JoinReply reply);
  void add_member(std::string id, const wire::JoinGroupRequest& request, const Client& client,
                  JoinReply reply);
  std::string new_member_id(const wire::JoinGroupRequest& request, const Client& client);
  void rejoin(GroupMember& member, const wire::JoinGroupRequest& request, JoinReply reply);
  void update(GroupMember& member, const wire::JoinGroupRequest& request);
  wire::JoinGroupResponse join_response(const GroupMember& member) const;
  void answer_join(GroupMember& member) const;

  // Static members, in group_static.cc.
  std::int16_t check_member(const MemberIdentity& who);
  GroupMember* find_static(const std::optional<std::string_view>& instance_id);
  void rejoin_static(GroupMember& old, const wire::JoinGroupRequest& request, const Client& client,
                     JoinReply reply);
  GroupMember& give_id(GroupMember& member, std::string new_id);
  void answer_unchanged(GroupMember& member, std::string_view old_leader,
                        const Client& client) const;
  std::int16_t leave_static(std::string_view instance_id);

  // Rebalancing, in group.cc.
  void rebalance();
  void rebalance_or_go_on();
  void wait_for_first_members(Duration delay, Duration remaining);
  void complete_join_if_all_here();
  void complete_join();
  void wait_for_static_members();
  void begin_generation();
  void elect_leader();
  std::string elect_protocol() const;
  void expire_who_does_not_sync();
  void give_assignments(const wire::SyncGroupRequest& request);
  void answer_sync(GroupMember& member) const;

  static void refuse_if_waiting(GroupMember& member, std::int16_t error);
  void remove_member(std::string_view id);
  void touch(GroupMember& member);
  void watch_session(GroupMember& member);
  void check_session(const std::string& member_id);
  GroupMember* find(std::string_view member_id);
  Duration longest_rebalance_timeout() const;

  const std::string name_;
  net::Loop& loop_;
  IdSource& ids_;
  const GroupSettings& settings_;

  GroupState state_ = GroupState::kEmpty;
  std::int32_t generation_ = 0;
  std::string protocol_type_;
  std::string protocol_;
  std::string leader_;
  std::map<std::string, GroupMember, std::less<>> members_;
  /// Ids given out to clients that have not come back with them yet.
  std::map<std::string, net::Timer, std::less<>> pending_;
  /// Waits for members to join or, once they have, to sync.
  net::Timer round_timer_;
  bool waits_for_first_members_ = false;
  bool member_was_added_ = false;
  CommittedOffsets offsets_;
  PendingOffsets pending_offsets_;
};

}  // namespace weir::broker
