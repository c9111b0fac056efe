#include "kafka/group_watch.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "kafka/fake_broker.h"
#include "kafka/group_messages.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::DescribeGroupsRequest;
using wire::DescribeGroupsResponse;
using wire::FindCoordinatorRequest;

/// A GroupWatch of a source of "t", and a coordinator that tells what the test says.
class GroupWatchTest : public testing::Test, private GroupWatch::Owner {
 protected:
  struct Other {
    std::string id;
    std::string topic = "t";
  };

  GroupWatchTest() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.one.on<FindCoordinatorRequest>([this](const auto& request, const auto& reply) {
      ++looked_up;
      wire::FindCoordinatorResponse response;
      response.coordinators.push_back(
          {request.coordinator_keys.at(0), 1, "one", 9092, 0, std::nullopt});
      reply(response);
    });
    cluster_.two.on<FindCoordinatorRequest>([](const auto&, const auto& reply) { reply({}); });
    cluster_.one.on<DescribeGroupsRequest>([this](const auto& request, const auto& reply) {
      EXPECT_THAT(request.groups, ElementsAre("g"));
      ++asked;
      if (!held) return answer(reply);
      reply_ = reply;
    });
    GroupWatch::Owner& owner = *this;
    MemberOptions options;
    options.topics = {"t"};
    options.session_timeout = 10s;
    watch = std::make_unique<GroupWatch>(context_, metadata_, "g", options, owner);
  }

  void answer(const Reply<DescribeGroupsResponse>& reply) const {
    std::vector<std::string> subscriptions;
    for (const Other& other : members_there) {
      subscriptions.push_back(encode_subscription(Assignor::kRange, {other.topic}, {}, -1));
      if (other.topic.empty()) subscriptions.back() = "?";
    }
    DescribeGroupsResponse response;
    auto& group = response.groups.emplace_back();
    group.error_code = error;
    group.group_state = state;
    for (std::size_t i = 0; i < members_there.size(); ++i) {
      auto& member = group.members.emplace_back();
      member.member_id = members_there[i].id;
      member.client_id = "client";
      member.client_host = "/10.0.0.7";
      if (state == "Stable") member.member_metadata.view = subscriptions[i];
    }
    reply(response);
  }
  void answer_what_is_held() { answer(*std::exchange(reply_, std::nullopt)); }
  /// Alone, it joins and reads.
  void begin_to_read() {
    watch->look();
    network_.run_for(100ms);
    members_there = {{"own"}};
    watch->look();
    network_.run_for(100ms);
    ASSERT_TRUE(watch->may_read());
    events.clear();
  }
  bool run_until_failed(Duration limit) {
    return network_.run_until([this] { return !failure.empty(); }, limit);
  }

  bool is_own(std::string_view member_id, std::optional<std::string_view>) const override {
    return member_id == "own";
  }
  void on_may_join() override { events.emplace_back("join"); }
  void on_may_read() override { events.emplace_back("read"); }
  void on_watch_trouble(const std::string& what) override { trouble = what; }
  void on_watch_failure(const Error& told) override { failure = told.message(); }

  net::SimNetwork network_{3};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  std::optional<Reply<DescribeGroupsResponse>> reply_;

  std::string state = "Stable";
  std::vector<Other> members_there;
  std::int16_t error = 0;
  bool held = false;
  int asked = 0;
  int looked_up = 0;  // the coordinator
  std::vector<std::string> events;
  std::string trouble;
  std::string failure;
  std::unique_ptr<GroupWatch> watch;
};

TEST_F(GroupWatchTest, LooksBeforeJoiningAndBeforeReading) {
  state = "Empty";
  watch->look();
  network_.run_for(60s);
  EXPECT_THAT(events, ElementsAre("join"));
  EXPECT_EQ(asked, 1);
  state = "Stable";
  members_there = {{"own"}};
  watch->look();
  network_.run_for(60s);
  EXPECT_THAT(events, ElementsAre("join", "read"));
  EXPECT_EQ(asked, 2);
}

TEST_F(GroupWatchTest, AsksWhereACoordinatorIsThatHasMoved) {
  error = wire::kafka_code::kNotCoordinator;
  watch->look();
  ASSERT_TRUE(network_.run_until([this] { return !trouble.empty(); }, 10s));
  EXPECT_EQ(looked_up, 1);
  error = 0;
  state = "Empty";
  network_.run_for(10s);
  EXPECT_EQ(looked_up, 2);
  EXPECT_THAT(events, ElementsAre("join"));
  EXPECT_EQ(trouble, "");
}

TEST_F(GroupWatchTest, AGroupThatIsNotThereHasNoMembers) {
  error = wire::kafka_code::kGroupIdNotFound;
  watch->look();
  network_.run_for(1s);
  EXPECT_THAT(events, ElementsAre("join"));
}

TEST_F(GroupWatchTest, WaitsForAMemberThatMayBeDead) {
  members_there = {{"dead"}};
  watch->look();
  network_.run_for(9s);
  EXPECT_THAT(trouble, AllOf(HasSubstr("waits to be alone in group 'g'"),
                             HasSubstr("'dead' (client id 'client', at 10.0.0.7)")));
  members_there.clear();
  network_.run_for(2s);
  EXPECT_THAT(events, ElementsAre("join"));
  EXPECT_EQ(trouble, "");
}

TEST_F(GroupWatchTest, FailsForOneThatOutlivesASession) {
  members_there = {{"dead"}, {"alive"}};
  watch->look();
  network_.run_for(9s);
  members_there = {{"alive"}};
  ASSERT_TRUE(run_until_failed(8s));
  EXPECT_THAT(failure, HasSubstr("group 'g' has a member of another process: 'alive'"));
  network_.run_for(60s);
  EXPECT_THAT(events, IsEmpty());
  EXPECT_LT(asked, 20) << "it goes on asking";
}

TEST_F(GroupWatchTest, CountsOnlyTheTimeInWhichTheGroupIsStable) {
  members_there = {{"dead"}};
  for (int i = 0; i < 4; ++i) {
    state = "Stable";
    network_.run_for(10s);
    if (i == 0) watch->look();
    state = "PreparingRebalance";
    network_.run_for(10s);
  }
  EXPECT_EQ(failure, "");
  EXPECT_THAT(events, IsEmpty());
  state = "Stable";
  EXPECT_TRUE(run_until_failed(20s));
}

TEST_F(GroupWatchTest, CountsAnewWhereNobodyAnsweredMeanwhile) {
  members_there = {{"dead"}};
  watch->look();
  network_.run_for(10s);
  error = wire::kafka_code::kCoordinatorNotAvailable;
  network_.run_for(10s);
  EXPECT_THAT(trouble, HasSubstr("DescribeGroups of group 'g'"));
  error = 0;
  network_.run_for(10s);
  EXPECT_EQ(failure, "");
  EXPECT_TRUE(run_until_failed(10s));
}

TEST_F(GroupWatchTest, FailsAtOnceForAMemberThatComesWhileItReads) {
  begin_to_read();
  members_there = {{"own"}, {"other"}};
  network_.run_for(60s);
  EXPECT_EQ(failure, "");
  watch->look();
  ASSERT_TRUE(run_until_failed(1s));
  EXPECT_THAT(failure, HasSubstr("'other'"));
}

TEST_F(GroupWatchTest, LetsMembersBeThatReadOtherTopics) {
  begin_to_read();
  members_there = {{"own"}, {"other", "u"}};
  watch->look();
  network_.run_for(60s);
  EXPECT_EQ(failure, "");
  members_there.push_back({"stranger", ""});  // whose subscription nobody can read
  watch->look();
  EXPECT_TRUE(run_until_failed(1s));
}

/// What members read is told of a stable group only.
TEST_F(GroupWatchTest, WaitsUntilItKnowsWhatAMemberReads) {
  begin_to_read();
  state = "CompletingRebalance";
  members_there = {{"own"}, {"other", "u"}};
  watch->look();
  network_.run_for(10s);
  EXPECT_EQ(failure, "");
  members_there[1].topic = "t";
  state = "Stable";
  EXPECT_TRUE(run_until_failed(5s));
}

TEST_F(GroupWatchTest, AnAnswerOfBeforeTheGenerationSaysNothingOfIt) {
  watch->look();
  network_.run_for(1s);
  members_there = {{"own"}};
  held = true;
  watch->look();
  network_.run_for(1s);
  watch->look();
  answer_what_is_held();
  network_.run_for(1s);
  EXPECT_THAT(events, ElementsAre("join"));
  answer_what_is_held();
  network_.run_for(1s);
  EXPECT_THAT(events, ElementsAre("join", "read"));
}

TEST_F(GroupWatchTest, ReadsNothingOfAGroupThatDoesNotShowIt) {
  watch->look();
  network_.run_for(1s);
  error = wire::kafka_code::kGroupIdNotFound;
  watch->look();
  network_.run_for(60s);
  EXPECT_THAT(events, ElementsAre("join"));
  EXPECT_THAT(trouble, HasSubstr("does not show this process's members"));
}

TEST_F(GroupWatchTest, FailsWhereItMayNotKnow) {
  error = wire::kafka_code::kGroupAuthorizationFailed;
  watch->look();
  ASSERT_TRUE(run_until_failed(1s));
  EXPECT_THAT(failure, HasSubstr("allow this client to READ the group"));
}

}  // namespace
}  // namespace weir::kafka
