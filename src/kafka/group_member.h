#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kafka/assignor.h"
#include "kafka/coordinator.h"
#include "kafka/group_errors.h"
#include "kafka/group_generation.h"
#include "kafka/group_messages.h"
#include "kafka/leadership.h"
#include "kafka/topic_partition.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/sync_group.h"

namespace weir::kafka {

/// Which group to be a member of (the Coordinator's), and how.
struct MemberOptions {
  std::vector<std::string> topics;
  /// What it would have the group divide by; see offered_assignors(). With kCooperativeSticky the
  /// member cooperates (KIP-429).
  Assignor assignor = Assignor::kRange;
  /// Without a heartbeat for so long a member is taken for dead.
  Duration session_timeout = std::chrono::seconds(45);
  /// How long a member may take to give up its partitions when others come or go.
  Duration rebalance_timeout = std::chrono::seconds(60);
  Duration heartbeat_interval = std::chrono::seconds(3);
  /// Makes a static member: one that may return under this name and keep its partitions.
  std::optional<std::string> instance_id;
  AtStop at_stop = AtStop::kDefault;
};

/// A member of a consumer group, by Kafka's classic protocol: joins, leads where it is chosen to,
/// is assigned partitions, keeps its membership alive whatever the work does, and joins again when
/// the group changes. Before that it gives all partitions up; but one that cooperates keeps them
/// and says so, gives up what the new assignment takes from it, and joins once more, so that others
/// get that. Goes on through every trouble that may pass.
/// A state machine; owned by an input of a source, beside its Coordinator, with which it ends; on
/// the loop's thread.
class GroupMember {
 public:
  /// Is told what becomes of the member. Partitions are owned from on_assigned() until
  /// on_revoke()'s `done`, on_lost() or on_failure(). May destroy the member in any call but
  /// on_trouble().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// These partitions, perhaps none, are this member's too, beside those that it has kept. From
    /// now on commit the positions of all of them as `generation`.
    virtual void on_assigned(const GroupGeneration& generation,
                             const std::vector<TopicPartition>& added) = 0;
    /// These partitions must be given up, all of them unless the member cooperates: finish and
    /// commit what is under way, then call `done`. After the rebalance time-out on_lost() comes
    /// instead, and `done` does nothing.
    virtual void on_revoke(const std::vector<TopicPartition>& partitions,
                           std::function<void()> done) = 0;
    /// All partitions are gone without a chance to commit: another member may have them already.
    virtual void on_lost() = 0;
    /// Something is wrong that is tried again; with an empty text, that it is over.
    virtual void on_trouble(const std::string& what) = 0;
    /// The member cannot go on. All partitions are gone; no other call follows.
    virtual void on_failure(const Error& error) = 0;
  };

  GroupMember(ClientContext& context, Metadata& metadata, Coordinator& coordinator,
              MemberOptions options, Owner& owner);

  /// Joins.
  void start();
  /// Wants to read these topics instead: has the group divide their partitions.
  void subscribe(std::vector<std::string> topics);
  /// A commit as `as` was refused with `error`, which may say that the group has moved on before a
  /// heartbeat does. Returns the error that the commit ends with. None where the partitions are
  /// still this member's: it is to be tried again, as the generation that on_assigned() tells.
  [[nodiscard]] std::optional<Error> on_commit_refused(const GroupGeneration& as,
                                                       const Error& error);
  /// True for who it is, or has been, in the group.
  bool is(std::string_view member_id, std::optional<std::string_view> instance_id) const;
  /// Ends the membership, and leaves the group where `at_stop` says so: commit first. No other call
  /// to the owner follows; `done` comes within a few seconds, never before stop() returns, whether
  /// or not the group could be told.
  void stop(std::function<void()> done);

 private:
  enum class State : std::uint8_t {
    kIdle,       ///< not started
    kJoining,    ///< waits for the other members
    kAssigning,  ///< leads, and waits to know all topics
    kSyncing,    ///< waits for the leader's assignment
    kStable,     ///< has its partitions
    kRevoking,   ///< waits for its owner to give some or all of them up
    kEnded
  };

  using Partitions = std::vector<TopicPartition>;  // in order

  bool cooperates() const { return options_.assignor == Assignor::kCooperativeSticky; }
  bool is_joining() const;
  void expect_straggler(Duration within);
  Reaction reaction(std::int16_t code);
  bool waits_in_vain() const;

  void join();
  void join_after_pause();
  void take_id(std::string_view id);
  wire::JoinGroupRequest join_request() const;
  void on_join(const Result<Answer<wire::JoinGroupResponse>>& answer);
  void on_joined(const wire::JoinGroupResponse& answer);
  /// False where it cannot go on.
  [[nodiscard]] bool note_generation(const wire::JoinGroupResponse& answer);
  /// JoinGroup or SyncGroup brought no answer, or an error.
  void on_unanswered(const Error& error);
  void on_refused(std::int16_t code, std::string_view api);

  void on_metadata(const Result<void>& outcome);
  void assign_when_topics_are_known();

  void sync(EncodedAssignments assignments);
  void on_sync(const Result<Answer<wire::SyncGroupResponse>>& answer);
  void take(const Partitions& assigned);

  Duration heartbeat_interval() const;
  void heard_at(TimePoint sent);
  void beat_at(TimePoint at);
  void beat();
  void on_beat(TimePoint sent, const Result<Answer<wire::HeartbeatResponse>>& answer);
  void on_refused_membership(Reaction reaction, std::int16_t code, std::string_view api);

  void rebalance();
  void revoke(const Partitions& partitions);
  /// Forgets what it owns. True where the owner does not know of that yet.
  [[nodiscard]] bool disown();
  void lose(const std::string& why);
  void start_over();
  void end_round();
  bool leaves_at_stop() const;
  void end();
  void fail(const Error& error);
  /// A call could not even be made, for good.
  void fail_unanswered(const Error& error);
  void tell_trouble(const std::string& what);

  /// Calls the coordinator; the answer goes to `handle`, unless the round is over by then.
  template <class Request, class Handler>
  void call(Coordinator::Lane lane, std::function<Request(std::int16_t)> make, Duration timeout,
            Handler handle);

  ClientContext& context_;
  Metadata& metadata_;
  Coordinator& coordinator_;
  MemberOptions options_;  // whose topics subscribe() changes
  Owner& owner_;
  std::vector<std::string> told_topics_;  // that the last JoinGroup named

  State state_ = State::kIdle;
  std::uint64_t round_ = 0;     // counts attempts to join: an answer to an earlier one is void
  bool joins_as_new_ = false;   // a JoinGroup without a member id is not answered
  int stragglers_ = 0;          // those that nobody waits for any more, and that may come through
  TimePoint straggle_until_{};  // until then
  std::string made_way_as_;     // who it was when one had come through
  GroupGeneration generation_;
  std::set<std::string, std::less<>> ids_;                       // all that it has had
  Assignor agreed_{};                                            // what the group divides by in it
  std::vector<std::pair<Assignor, std::string>> subscriptions_;  // what JoinGroup says, by assignor

  bool owns_ = false;  // the owner has been told of partitions and not that they are gone
  Partitions owned_;
  Partitions told_;                // what JoinGroup says that it owns
  std::int32_t assigned_in_ = -1;  // the generation of its last assignment
  TimePoint assigned_at_{};
  std::string trouble_;

  Leadership leadership_;
  Metadata::Subscription metadata_subscription_;

  net::Timer pause_timer_;
  net::Timer heartbeat_timer_;
  TimePoint last_beat_{};
  net::Timer session_timer_;
  net::Timer revoke_timer_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<GroupMember*> self_ = std::make_shared<GroupMember*>(this);
};

template <class Request, class Handler>
void GroupMember::call(Coordinator::Lane lane, std::function<Request(std::int16_t)> make,
                       Duration timeout, Handler handle) {
  using Reply = Result<Answer<typename Request::Response>>;
  coordinator_.call<Request>(lane, std::move(make), timeout,
                             [this, round = round_, handle](const Reply& reply) {
                               if (round == round_) handle(reply);
                             });
}

}  // namespace weir::kafka
