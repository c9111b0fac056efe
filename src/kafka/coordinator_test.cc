#include "kafka/coordinator.h"

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"
#include "wire/error_codes.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using wire::FindCoordinatorRequest;
using wire::FindCoordinatorResponse;
using wire::HeartbeatRequest;
using wire::HeartbeatResponse;
using Lane = Coordinator::Lane;

/// A Coordinator and two brokers that answer heartbeats with their own name's length as throttle
/// time and with `heartbeat_error_`.
class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() {
    context_.options.bootstrap = {{"one", 9092}};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->on<FindCoordinatorRequest>([this](const auto& request, const auto& reply) {
        asked_at_.push_back(network_.clock().now());
        answer_find(request, reply);
      });
      broker->on<HeartbeatRequest>([this, broker](const auto&, const auto& reply) {
        heard_.push_back(broker->name());
        HeartbeatResponse response;
        response.error_code = heartbeat_error_;
        reply(response);
      });
    }
    metadata_ = std::make_unique<Metadata>(context_);
    coordinator_ = std::make_unique<Coordinator>(context_, *metadata_, "g");
  }

  void answer_find(const FindCoordinatorRequest& request,
                   const Reply<FindCoordinatorResponse>& reply) {
    FindCoordinatorResponse response;
    const bool one = place_ == "one";
    if (reply.version() >= 4) {
      response.coordinators.push_back(
          {request.coordinator_keys.at(0), one ? 1 : 2, place_, 9092, find_error_, std::nullopt});
    }
    response.node_id = one ? 1 : 2;
    response.host = place_;
    response.port = 9092;
    response.error_code = find_error_;
    reply(response);
  }

  void beat(std::function<void()> then = [] {}) {
    coordinator_->call<HeartbeatRequest>(
        Lane::kPlain, [](std::int16_t) { return HeartbeatRequest(); }, 5s,
        [this, then](const Result<Answer<HeartbeatResponse>>& answer) {
          if (answer.ok()) {
            coordinator_->disowned(answer->message.error_code);
            outcomes_.push_back(std::string(wire::facts_of(answer->message.error_code).name));
          } else {
            outcomes_.push_back(answer.error().message());
          }
          then();
        });
  }
  bool run_until(std::size_t outcomes) {
    return network_.run_until([&] { return outcomes_.size() >= outcomes; }, 5min);
  }

  net::SimNetwork network_{3};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::string place_ = "two";
  std::int16_t find_error_ = 0;
  std::int16_t heartbeat_error_ = 0;
  std::vector<TimePoint> asked_at_;
  std::vector<std::string> heard_;
  std::vector<std::string> outcomes_;
  std::unique_ptr<Metadata> metadata_;
  std::unique_ptr<Coordinator> coordinator_;
};

TEST_F(CoordinatorTest, AsksOnceWhereTheCoordinatorIsAndCallsIt) {
  beat();
  beat();
  ASSERT_TRUE(run_until(2));
  beat();
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(outcomes_, ElementsAre("NONE", "NONE", "NONE"));
  EXPECT_THAT(heard_, ElementsAre("two", "two", "two"));
  EXPECT_EQ(asked_at_.size(), 1u);
}

TEST_F(CoordinatorTest, SpeaksTheOlderVersionsToo) {
  for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
    broker->on<FindCoordinatorRequest>(
        [this](const auto& request, const auto& reply) {
          EXPECT_EQ(request.key, "g");
          answer_find(request, reply);
        },
        {0, 3});
  }
  beat();
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(heard_, ElementsAre("two"));
}

TEST_F(CoordinatorTest, AParkedJoinHoldsUpNothingElse) {
  cluster_.two.on<wire::JoinGroupRequest>([](const auto&, const auto&) {});
  bool joined = false;
  coordinator_->call<wire::JoinGroupRequest>(
      Lane::kJoin, [](std::int16_t) { return wire::JoinGroupRequest(); }, 60s,
      [&](const auto&) { joined = true; });
  beat();
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("NONE"));
  EXPECT_FALSE(joined);
}

TEST_F(CoordinatorTest, IsFoundAgainWhenItHasMoved) {
  beat();
  ASSERT_TRUE(run_until(1));
  place_ = "one";
  heartbeat_error_ = wire::kafka_code::kNotCoordinator;
  beat();
  ASSERT_TRUE(run_until(2));
  heartbeat_error_ = 0;
  beat();
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(heard_, ElementsAre("two", "two", "one"));
  EXPECT_THAT(asked_at_[1] - asked_at_[0], Ge(80ms));
}

TEST_F(CoordinatorTest, EndsTheCallsThatWaitAtTheOldPlaceOnceItHasMoved) {
  cluster_.two.on<wire::JoinGroupRequest>([](const auto&, const auto&) {});
  std::string joined;
  coordinator_->call<wire::JoinGroupRequest>(
      Lane::kJoin, [](std::int16_t) { return wire::JoinGroupRequest(); }, 600s,
      [&](const auto& answer) { joined = answer.error().message(); });
  beat();
  ASSERT_TRUE(run_until(1));
  place_ = "one";
  heartbeat_error_ = wire::kafka_code::kNotCoordinator;
  beat([this] { beat(); });
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(joined, HasSubstr("group 'g' has another coordinator"));
  EXPECT_EQ(heard_.back(), "one");
}

TEST_F(CoordinatorTest, PausesLongerEachTimeThatThereIsNone) {
  find_error_ = wire::kafka_code::kCoordinatorNotAvailable;
  const std::function<void()> again = [&] { beat(again); };
  beat(again);
  ASSERT_TRUE(run_until(7));
  EXPECT_THAT(outcomes_, Each(AllOf(HasSubstr("finding the coordinator of group 'g'"),
                                    HasSubstr("COORDINATOR_NOT_AVAILABLE"))));
  EXPECT_THAT(asked_at_[1] - asked_at_[0], AllOf(Ge(80ms), Le(125ms)));
  EXPECT_THAT(asked_at_[2] - asked_at_[1], AllOf(Ge(160ms), Le(245ms)));
  EXPECT_THAT(asked_at_[6] - asked_at_[5], AllOf(Ge(800ms), Le(1205ms)));
}

TEST_F(CoordinatorTest, IsAskedForAtAnotherBrokerWhenOneIsAway) {
  ASSERT_TRUE(network_.run_until([&] { return metadata_->known(); }));
  cluster_.one.stop();
  beat([this] { beat(); });
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_, ElementsAre(HasSubstr("cannot connect to one:9092"), "NONE"));
}

TEST_F(CoordinatorTest, SaysThatNoBrokerAnswers) {
  cluster_.one.stop();
  beat();
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre(HasSubstr("cannot connect to one:9092")));
}

TEST_F(CoordinatorTest, IsFoundAgainWhenItsBrokerIsLost) {
  beat();
  ASSERT_TRUE(run_until(1));
  cluster_.two.stop();
  place_ = "one";
  beat([this] { beat(); });
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(outcomes_, ElementsAre("NONE",
                                     AllOf(HasSubstr("Heartbeat to broker 2 at two:9092 "
                                                     "(coordinator of group 'g')"),
                                           HasSubstr("closed by the other side")),
                                     "NONE"));
}

TEST_F(CoordinatorTest, MayBeDestroyedByTheHandlerOfAnError) {
  cluster_.one.stop();
  beat([this] { coordinator_.reset(); });
  beat();
  ASSERT_TRUE(run_until(1));
  network_.run_for(10s);
  EXPECT_EQ(outcomes_.size(), 1u);
}

}  // namespace
}  // namespace weir::kafka
