#include <gmock/gmock.h>

#include <memory>

#include "broker/group.h"
#include "net/sim_network.h"
#include "wire/error_codes.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;

/// What a JoinGroup was answered with.
struct Joined {
  std::optional<std::int16_t> error;
  std::string id;
};

/// A group whose members come and go by instance id. What else can be seen in answers is in
/// plays/static_members.play.
class GroupStaticTest : public testing::Test {
 protected:
  std::shared_ptr<Joined> join(std::string_view instance, std::string_view id = "") {
    wire::JoinGroupRequest request;
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = rebalance_timeout_ms;
    request.member_id = id;
    request.group_instance_id = instance;
    request.protocol_type = "consumer";
    request.protocols = {{"range", {}}};
    auto joined = std::make_shared<Joined>();
    group.join(request, {}, [joined](const wire::JoinGroupResponse& answer) {
      *joined = {answer.error_code, std::string(answer.member_id)};
    });
    return joined;
  }
  void run_for(Duration duration) { network.run_for(duration); }

  net::SimNetwork network{1};
  IdSource ids{1};
  GroupSettings settings{.max_session_timeout = std::chrono::minutes(1)};
  std::int32_t rebalance_timeout_ms = 5000;
  Group group{"g", network.loop("broker"), ids, settings};
};

TEST_F(GroupStaticTest, KeepsItsMembersForTheNextCoordinator) {
  const auto first = join("one");
  const auto joining = join("two");
  group.unload();
  EXPECT_EQ(joining->error, code::kNotCoordinator);
  EXPECT_EQ(group.leave({"", "two"}), code::kUnknownMemberId) << "nobody has seen it in a round";
  const auto again = join("one");
  EXPECT_EQ(again->error, code::kNone);
  EXPECT_EQ(group.heartbeat({first->id, "one"}, group.generation()), code::kFencedInstanceId);
  EXPECT_EQ(group.heartbeat({again->id, "one"}, group.generation()), code::kNone);
}

TEST_F(GroupStaticTest, ForgetsAReplacedMemberThatTheNextCoordinatorCannotKnow) {
  join("one");
  join("two");
  const auto joining = join("two");
  group.unload();
  EXPECT_EQ(joining->error, code::kNotCoordinator);
  EXPECT_EQ(group.members().size(), 1u);
}

TEST_F(GroupStaticTest, OutlivesARoundThatNobodyJoinsUntilItsSessionEnds) {
  rebalance_timeout_ms = 0;
  const auto one = join("one");
  join("two");
  group.leave({"", "two"});
  run_for(std::chrono::seconds(5));
  EXPECT_EQ(group.state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(group.heartbeat({one->id, "one"}, group.generation()), code::kRebalanceInProgress);
  run_for(std::chrono::seconds(9));
  EXPECT_EQ(group.state(), GroupState::kPreparingRebalance);
  run_for(std::chrono::seconds(2));
  EXPECT_EQ(group.state(), GroupState::kEmpty);
}

TEST_F(GroupStaticTest, BeginsASessionWithEachMemberThatTakesAPlace) {
  rebalance_timeout_ms = 60'000;
  join("one");
  run_for(std::chrono::seconds(6));
  const auto again = join("one");
  run_for(std::chrono::seconds(6));
  EXPECT_EQ(group.heartbeat({again->id, "one"}, group.generation()), code::kNone);
  run_for(std::chrono::seconds(11));
  EXPECT_EQ(group.state(), GroupState::kEmpty);
}

}  // namespace
}  // namespace weir::broker
