#include "kafka/channel.h"

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::HeartbeatRequest;
using wire::HeartbeatResponse;

/// A channel to a fake broker that answers each heartbeat with its generation as error code.
class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    broker_.on<HeartbeatRequest>([](const auto& request, const auto& reply) {
      HeartbeatResponse response;
      response.error_code = static_cast<std::int16_t>(request.generation_id);
      reply(response);
    });
  }

  void call(std::int16_t number, Duration timeout = 30s) {
    channel_->call<HeartbeatRequest>(
        [number](std::int16_t) {
          HeartbeatRequest request;
          request.generation_id = number;
          return request;
        },
        timeout,
        [this](const Result<Answer<HeartbeatResponse>>& answer) {
          outcomes_.push_back(answer.ok() ? std::to_string(answer->message.error_code)
                                          : answer.error().message());
        });
  }
  bool run_until(std::size_t outcomes) {
    return network_.run_until([&] { return outcomes_.size() == outcomes; });
  }

  net::SimNetwork network_{11};
  FakeBroker broker_{network_, "kafka"};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::unique_ptr<Channel> channel_ =
      std::make_unique<Channel>(context_, net::Endpoint{"kafka", 9092}, "broker 1 at kafka:9092");
  std::vector<std::string> outcomes_;
};

TEST_F(ChannelTest, AnswersCallsInTheirOrderOnOneConnection) {
  for (const std::int16_t number : {1, 2, 3}) call(number);
  EXPECT_EQ(channel_->in_flight(), 3u);
  EXPECT_TRUE(run_until(3));
  EXPECT_THAT(outcomes_, ElementsAre("1", "2", "3"));
  EXPECT_EQ(broker_.accepted, 1);
  EXPECT_EQ(channel_->in_flight(), 0u);
}

TEST_F(ChannelTest, UsesTheHighestVersionThatBothSpeak) {
  std::int16_t version = -1;
  broker_.on<HeartbeatRequest>(
      [&](const auto&, const auto& reply) {
        version = reply.version();
        reply({});
      },
      {1, 3});
  call(1);
  EXPECT_TRUE(run_until(1));
  EXPECT_EQ(version, 3);
}

TEST_F(ChannelTest, AsksABrokerOfOldInItsOwnVersionOfApiVersions) {
  std::vector<std::int16_t> versions;
  broker_.on<wire::ApiVersionsRequest>([&](const auto&, const auto& reply) {
    versions.push_back(reply.version());
    wire::ApiVersionsResponse response;
    response.api_keys = {{12, 0, 1}};
    if (reply.version() == 0) return reply(response);
    reply.refuse_version();
  });
  call(4);
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("4"));
  EXPECT_THAT(versions, ElementsAre(4, 0));
}

TEST_F(ChannelTest, SaysWhatABrokerCannotDo) {
  broker_.on<HeartbeatRequest>([](const auto&, const auto&) {}, {5, 7});
  call(1);
  channel_->call<wire::FindCoordinatorRequest>(
      [](std::int16_t) { return wire::FindCoordinatorRequest(); }, 1s,
      [&](const auto& answer) { outcomes_.push_back(answer.error().message()); });
  EXPECT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_,
              ElementsAre(AllOf(HasSubstr("Heartbeat to broker 1 at kafka:9092"),
                                HasSubstr("versions 5 to 7 of Heartbeat and this client 0 to 4")),
                          HasSubstr("the broker does not know FindCoordinator requests")));
}

TEST_F(ChannelTest, TellsThatNobodyListensAndTriesAgainForTheNextCall) {
  broker_.stop();
  call(1);
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_[0], HasSubstr("cannot connect to kafka:9092: Connection refused"));
  broker_.start();
  call(2);
  EXPECT_TRUE(run_until(2));
  EXPECT_EQ(outcomes_[1], "2");
}

TEST_F(ChannelTest, PausesLongerAfterEachFailureToConnect) {
  broker_.stop();
  std::vector<Duration> pauses;
  for (std::size_t i = 1; i <= 8; ++i) {
    const TimePoint start = network_.clock().now();
    call(1);
    ASSERT_TRUE(run_until(i));
    pauses.push_back(network_.clock().now() - start);
  }
  EXPECT_LT(pauses[0], 10ms);
  EXPECT_THAT(pauses[1], AllOf(testing::Ge(40ms), testing::Le(65ms)));
  EXPECT_THAT(pauses[2], AllOf(testing::Ge(80ms), testing::Le(125ms)));
  EXPECT_THAT(pauses[7], AllOf(testing::Ge(800ms), testing::Le(1205ms)));
}

TEST_F(ChannelTest, FailsTheCallsUnderWayWhenTheConnectionBreaks) {
  broker_.on<HeartbeatRequest>([](const auto&, const auto& reply) { reply.hang_up(); });
  call(1);
  call(2);
  EXPECT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_[1], AllOf(HasSubstr("Heartbeat to broker 1 at kafka:9092"),
                                  HasSubstr("closed by the other side")));
}

TEST_F(ChannelTest, GivesTheConnectionUpWhenAnAnswerIsOverdue) {
  broker_.on<HeartbeatRequest>([](const auto&, const auto&) {});
  call(1, 2s);
  call(2, 1s);
  const TimePoint start = network_.clock().now();
  EXPECT_TRUE(run_until(2));
  EXPECT_LT(network_.clock().now() - start, 1100ms);
  EXPECT_THAT(outcomes_[0], HasSubstr("did not answer Heartbeat in time"));
  call(3, 1s);
  EXPECT_TRUE(run_until(3));
  EXPECT_EQ(broker_.accepted, 2);
}

TEST_F(ChannelTest, GivesUpOnABrokerThatDoesNotSayAnything) {
  network_.set_silent("kafka", true);
  call(1);
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_[0], HasSubstr("was not reached within 10 s"));
}

TEST_F(ChannelTest, RefusesAnAnswerThatIsCutShortAndConnectsAnew) {
  broker_.on<HeartbeatRequest>([](const auto&, const auto& reply) { reply.cut_short(); });
  call(1);
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_[0], HasSubstr("Heartbeat to broker 1 at kafka:9092"));
  call(1);
  EXPECT_TRUE(run_until(2));
  EXPECT_EQ(broker_.accepted, 2);
}

/// A broker that tells its client to wait for as many ms as the heartbeat's generation says.
class ThrottledChannel : public ChannelTest {
 protected:
  ThrottledChannel() { answer_in({0, 4}); }

  void answer_in(wire::Versions versions) {
    broker_.on<HeartbeatRequest>(
        [this](const auto& request, const auto& reply) {
          handled_.push_back(network_.clock().now());
          HeartbeatResponse response;
          response.throttle_time_ms = request.generation_id;
          reply(response);
        },
        versions);
  }
  Duration between_the_first_two() const { return handled_.at(1) - handled_.at(0); }

  std::vector<TimePoint> handled_;
  net::Timer late_;
};

TEST_F(ThrottledChannel, SendsNothingUntilTheWaitIsOver) {
  call(700);
  ASSERT_TRUE(run_until(1));
  call(0, 500ms);  // less than the wait: its time begins after it
  call(0, 500ms);
  EXPECT_EQ(channel_->in_flight(), 2u);
  ASSERT_TRUE(run_until(3));
  EXPECT_GE(between_the_first_two(), 699ms);
  EXPECT_THAT(outcomes_, ElementsAre("0", "0", "0"));
}

TEST_F(ThrottledChannel, WaitsForTheLongestOfSeveralWaits) {
  for (const std::int16_t wait : {300, 900, 100}) call(wait);
  ASSERT_TRUE(run_until(3));
  call(0);
  ASSERT_TRUE(run_until(4));
  EXPECT_GE(handled_.at(3) - handled_.at(1), 899ms);
}

TEST_F(ThrottledChannel, LeavesTimeForWhatIsUnderWay) {
  broker_.on<HeartbeatRequest>([this](const auto& request, const auto& reply) {
    HeartbeatResponse response;
    response.throttle_time_ms = 2000;
    if (request.generation_id == 1) return reply(response);
    late_ = network_.loop("kafka").call_after(2s, [reply] { reply({}); });
  });
  call(1, 1s);
  call(2, 1s);
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_, ElementsAre("0", "0"));
}

TEST_F(ThrottledChannel, WaitsOnAfterALostConnection) {
  call(700);
  ASSERT_TRUE(run_until(1));
  call(0);
  broker_.stop();
  broker_.start();
  ASSERT_TRUE(run_until(2));
  EXPECT_EQ(broker_.accepted, 2);
  EXPECT_GE(between_the_first_two(), 699ms);
}

TEST_F(ThrottledChannel, DoesNotWaitForABrokerOfOldWhichHasWaitedItself) {
  answer_in({0, 1});
  call(700);
  ASSERT_TRUE(run_until(1));
  call(0);
  ASSERT_TRUE(run_until(2));
  EXPECT_LT(between_the_first_two(), 100ms);
}

TEST_F(ThrottledChannel, TakesAWaitOfDaysForGarbage) {
  broker_.on<HeartbeatRequest>([this](const auto&, const auto& reply) {
    handled_.push_back(network_.clock().now());
    HeartbeatResponse response;
    response.throttle_time_ms = 1 << 30;
    reply(response);
  });
  call(1);
  ASSERT_TRUE(run_until(1));
  call(1);
  ASSERT_TRUE(network_.run_until([&] { return outcomes_.size() == 2; }, 10min));
  EXPECT_LE(between_the_first_two(), 301s);
}

TEST_F(ThrottledChannel, SaysSoOnceAndAgainAfterAQuietMinute) {
  std::vector<std::string> warnings;
  context_.log = Log(LogLevel::kWarning,
                     [&](LogLevel, std::string_view line) { warnings.emplace_back(line); });
  call(700);
  call(700);
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("broker 1 at kafka:9092 makes this client wait for "
                                              "700 ms: a quota is used up")));
  network_.run_for(2min);
  call(700);
  ASSERT_TRUE(run_until(3));
  EXPECT_EQ(warnings.size(), 2u);
}

TEST_F(ThrottledChannel, HeedsAWaitThatComesWithTheVersions) {
  broker_.on<wire::ApiVersionsRequest>([](const auto&, const auto& reply) {
    wire::ApiVersionsResponse response;
    response.api_keys = {{12, 0, 4}, {18, 0, 4}};
    response.throttle_time_ms = 700;
    reply(response);
  });
  const TimePoint start = network_.clock().now();
  call(0, 500ms);
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("0"));
  EXPECT_GE(network_.clock().now() - start, 700ms);
}

TEST_F(ThrottledChannel, MayBeDestroyedWhileItWaits) {
  call(700);
  ASSERT_TRUE(run_until(1));
  call(0);
  channel_.reset();
  network_.run_for(1s);
  EXPECT_THAT(outcomes_, ElementsAre("0"));
}

TEST_F(ChannelTest, MayBeDestroyedByTheHandlerOfAnAnswer) {
  channel_->call<HeartbeatRequest>([](std::int16_t) { return HeartbeatRequest(); }, 1s,
                                   [this](const auto&) { channel_.reset(); });
  call(1);
  EXPECT_TRUE(network_.run_until([&] { return channel_ == nullptr; }));
  network_.run_for(1s);
  EXPECT_THAT(outcomes_, ElementsAre());
}

TEST_F(ChannelTest, MayBeDestroyedByTheHandlerOfAnError) {
  broker_.stop();
  channel_->call<HeartbeatRequest>([](std::int16_t) { return HeartbeatRequest(); }, 1s,
                                   [this](const auto&) { channel_.reset(); });
  call(1);
  EXPECT_TRUE(network_.run_until([&] { return channel_ == nullptr; }));
  EXPECT_THAT(outcomes_, ElementsAre());
}

}  // namespace
}  // namespace weir::kafka
