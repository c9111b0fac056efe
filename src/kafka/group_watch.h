#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/coordinator.h"
#include "kafka/group_member.h"
#include "wire/messages/describe_groups.h"

namespace weir::kafka {

/// Sees to it that one process alone reads a group's topics, for a source whose records are brought
/// together by key or kept: asks the coordinator who the members are, before this process joins,
/// before it begins to read, and whenever a generation has begun. Members that read none of the
/// topics do not count.
///
/// Whoever comes to a group with other members waits: what is left of a process that was killed
/// goes when its session ends. A member that stays longer in a group that is stable belongs to a
/// process that runs, and the watch fails. Once this process reads, it fails at the first sight of
/// one, because records are missing from then on.
/// A state machine; owned by a KafkaSource, on the driver's thread.
class GroupWatch {
 public:
  /// Is told what becomes of the group. May destroy the watch in any call but on_watch_trouble().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// True for who is, or has been, one of this process's own members.
    virtual bool is_own(std::string_view member_id,
                        std::optional<std::string_view> instance_id) const = 0;
    /// Nobody else is there: join. Comes once; call look() for each generation of each member.
    virtual void on_may_join() = 0;
    /// Nobody else has joined beside this process: read. Comes once.
    virtual void on_may_read() = 0;
    /// Waits, for others to go or for an answer; with an empty text, that it is over.
    virtual void on_watch_trouble(const std::string& what) = 0;
    /// Somebody else reads, or nobody tells. No other call follows.
    virtual void on_watch_failure(const Error& error) = 0;
  };

  /// `options` are those of this process's members.
  GroupWatch(ClientContext& context, Metadata& metadata, std::string group, MemberOptions options,
             Owner& owner);

  /// These are the topics that this process reads, from now on.
  void subscribe(std::vector<std::string> topics) { options_.topics = std::move(topics); }
  /// Begins to look, or looks anew: what was asked before says nothing of now.
  void look();
  bool may_read() const { return phase_ == Phase::kReading; }

 private:
  using Group = wire::DescribeGroupsResponse::DescribedGroup;
  using Member = wire::DescribeGroupsResponse::DescribedGroupMember;
  using Members = std::vector<const Member*>;
  enum class Phase : std::uint8_t { kBefore, kJoining, kReading };

  void ask();
  void ask_after(Duration pause);
  void on_answer(const Result<Answer<wire::DescribeGroupsResponse>>& answer);
  void on_described(const Group& group);
  void on_members(const Group& group);
  void on_alone();
  void on_others(const Members& others);
  void on_hidden();
  const Member* who_stays(const Members& others);

  bool is_own(const Member& member) const {
    return owner_.is_own(member.member_id, member.group_instance_id);
  }
  bool may_read_ours(const Member& member, bool is_stable) const;
  std::string described(const Member& member) const;
  Error not_alone(const Member& other) const;
  void retry(const std::string& what);

  ClientContext& context_;
  MemberOptions options_;  // whose topics subscribe() changes
  Owner& owner_;
  Coordinator coordinator_;

  Phase phase_ = Phase::kBefore;
  bool asking_ = false;
  bool again_ = false;  // what has been asked is out of date
  net::Timer pause_;
  std::map<std::string, TimePoint, std::less<>> seen_since_;  // others, in a group that is stable
};

}  // namespace weir::kafka
