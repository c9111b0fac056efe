#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/fake_broker.h"
#include "kafka/group_member.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace weir::kafka {

/// A play for one GroupMember and two brokers, of which "one" coordinates the group until the play
/// says otherwise. A command stands at the start of a line, what was said and done after it is
/// indented: seconds since the start, and
///   one < Heartbeat ...     a request that a broker got; it answers
///                           JoinGroup, SyncGroup and LeaveGroup when the play says so, the others
///                           at once, as the play has told it to. JoinGroup says "assignor=topics";
///                           where it has partitions, "assignor=topics/partitions@generation"
///   * assigned ...          what the member told its owner, or logged
/// Commands:
///   member [key=value]...          makes the member: instance, assignor, topics,
///                                  stops (leave, remain)
///   start | stop | done            done: the owner has given up what on_revoke() asked for
///   subscribe TOPIC,TOPIC          it wants to read these from now on
///   wait SECONDS
///   answer API [key=value]...      answers the latest request of this kind; members are
///                                  "member:topic+topic/partition+partition@generation,member..."
///   commit ERROR                   a commit as the generation of the last assignment is refused
///   heartbeats ERROR|held          how heartbeats are answered from now on; held: when the play
///                                  says so
///   coordinator BROKER|ERROR       how FindCoordinator is answered from now on
///   topic NAME PARTITIONS
///   versions FIRST LAST            which of JoinGroup the brokers speak
///   silent BROKER | heard BROKER | break BROKER
class GroupPlay : private GroupMember::Owner {
 public:
  GroupPlay();
  ~GroupPlay() override;

  /// Plays the commands of a text; returns the text with what was really said and done.
  std::string perform(std::string_view text);

 private:
  using Words = std::vector<std::string>;
  using Values = std::map<std::string, std::string, std::less<>>;
  template <class Request>
  using Held = std::vector<Reply<typename Request::Response>>;

  void on_assigned(const GroupGeneration& generation,
                   const std::vector<TopicPartition>& added) override;
  void on_revoke(const std::vector<TopicPartition>& partitions,
                 std::function<void()> done) override;
  void on_lost() override;
  void on_trouble(const std::string& what) override;
  void on_failure(const Error& error) override;

  void set_up(FakeBroker& broker);
  /// Sets up what waits for the play's answers.
  void set_up_joining(FakeBroker& broker, wire::Versions joins);
  void run(const Words& command);
  void make_member(const Values& values);
  void answer(const std::string& api, const Values& values);
  void answer_join(const Values& values);
  void answer_sync(const Values& values);
  void answer_heartbeat(const Values& values);
  void say(const std::string& what);

  net::SimNetwork network_{7};
  FakeCluster cluster_{network_};
  ClientContext context_{
      network_.loop("client"),
      {},
      BufferPool(1 << 20),
      Log(LogLevel::kInfo, [this](LogLevel, auto line) { say(concat("* log: ", line)); })};
  std::string coordinator_name_ = "one";
  std::int16_t find_error_ = 0;
  std::optional<std::int16_t> heartbeat_error_ = 0;
  Held<wire::HeartbeatRequest> heartbeats_;
  Held<wire::JoinGroupRequest> joins_;
  Held<wire::SyncGroupRequest> syncs_;
  Held<wire::LeaveGroupRequest> leaves_;

  Metadata metadata_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<GroupMember> member_;
  std::function<void()> done_;
  GroupGeneration assigned_in_;
  std::string protocol_;  // what the group agrees on
  std::string out_;
};

}  // namespace weir::kafka
