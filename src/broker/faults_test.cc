#include "broker/faults.h"

#include <gmock/gmock.h>

#include "broker/broker.h"
#include "broker/testing/test_batch.h"
#include "broker/testing/test_client.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace code = wire::kafka_code;

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() { EXPECT_TRUE(broker.start().ok()); }

  void inject(std::string_view text) { broker.faults().add(parse_fault(text).value()); }
  std::unique_ptr<TestClient> connect() {
    return std::make_unique<TestClient>(network, broker.port());
  }
  std::int16_t produce(TestClient& client) {
    const auto answer = client.call(request(), kByName);
    return answer.responses.at(0).partition_responses.at(0).error_code;
  }
  wire::ProduceRequest request() const {
    wire::ProduceRequest request;
    request.acks = -1;
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({0, {batch_}});
    return request;
  }
  std::int64_t end_of_log(TestClient& client) {
    wire::ListOffsetsRequest asked;
    asked.topics.emplace_back().name = "t";
    asked.topics[0].partitions.emplace_back().timestamp = -1;
    return client.call(asked).topics.at(0).partitions.at(0).offset;
  }
  bool is_closed(TestClient& client) {
    return network.run_until([&] { return client.closed; }, 1s);
  }

  static constexpr std::int16_t kByName = 9;
  net::SimNetwork network{1};
  Broker broker{network.loop("broker"),
                {.topics = {{"t", 1}}, .seed = 1},
                Log(LogLevel::kError, [](LogLevel, std::string_view) {})};
  const std::string batch_ = encode(TestBatch{});
};

TEST_F(FaultsTest, AnswerWithAnErrorAndDoNothingSoManyTimes) {
  inject("Produce error NOT_LEADER_OR_FOLLOWER times 2 after 1");
  auto client = connect();
  EXPECT_EQ(produce(*client), code::kNone);
  EXPECT_EQ(produce(*client), code::kNotLeaderOrFollower);
  EXPECT_EQ(produce(*client), code::kNotLeaderOrFollower);
  EXPECT_EQ(produce(*client), code::kNone);
  EXPECT_EQ(end_of_log(*client), 2);
}

TEST_F(FaultsTest, TellAnErrorWhereverTheAnswerHasAPlaceForOne) {
  inject("Metadata error LEADER_NOT_AVAILABLE");
  inject("InitProducerId error COORDINATOR_LOAD_IN_PROGRESS");
  inject("FindCoordinator error COORDINATOR_NOT_AVAILABLE");
  auto client = connect();
  wire::MetadataRequest metadata;
  metadata.topics.emplace().emplace_back().name = "t";
  const auto topics = client->call(metadata).topics;
  EXPECT_EQ(topics.at(0).error_code, code::kLeaderNotAvailable);
  EXPECT_EQ(topics.at(0).partitions.at(0).error_code, code::kLeaderNotAvailable);
  EXPECT_EQ(client->call(wire::InitProducerIdRequest()).error_code,
            code::kCoordinatorLoadInProgress);
  wire::FindCoordinatorRequest find;
  find.coordinator_keys = {"g"};
  EXPECT_EQ(client->call(find).coordinators.at(0).error_code, code::kCoordinatorNotAvailable);
}

TEST_F(FaultsTest, TellGroupErrorsBeforeTheGroupHearsOfAnything) {
  inject("Heartbeat error NOT_COORDINATOR");
  auto client = connect();
  wire::HeartbeatRequest beat;
  beat.group_id = "g";
  EXPECT_EQ(client->call(beat).error_code, code::kNotCoordinator);
  EXPECT_EQ(client->call(beat).error_code, code::kUnknownMemberId);
}

TEST_F(FaultsTest, DelayARequest) {
  inject("Produce delay 500ms");
  auto client = connect();
  const TimePoint before = network.clock().now();
  EXPECT_EQ(produce(*client), code::kNone);
  EXPECT_GE(network.clock().now() - before, 500ms);
}

TEST_F(FaultsTest, ThrottleAClientAndLetItsConnectionRest) {
  inject("Produce throttle 500ms");
  auto client = connect();
  const TimePoint before = network.clock().now();
  EXPECT_EQ(client->call(request(), kByName).throttle_time_ms, 500);
  EXPECT_LT(network.clock().now() - before, 100ms);
  EXPECT_EQ(end_of_log(*connect()), 1);
  EXPECT_EQ(client->call(request(), kByName).throttle_time_ms, 0);
  EXPECT_GE(network.clock().now() - before, 500ms);
}

TEST_F(FaultsTest, ThrottleNobodyWhoHasGone) {
  inject("Produce throttle 500ms");
  auto client = connect();
  client->call(request(), kByName);
  client.reset();
  network.run_for(1s);
  EXPECT_EQ(end_of_log(*connect()), 1);
}

TEST_F(FaultsTest, LoseARequest) {
  inject("Produce lose");
  auto client = connect();
  client->send(request(), kByName);
  EXPECT_TRUE(is_closed(*client));
  EXPECT_EQ(end_of_log(*connect()), 0);
}

TEST_F(FaultsTest, LoseAnAnswerOfWhatWasDone) {
  inject("Produce lose_answer");
  auto client = connect();
  const std::int32_t id = client->send(request(), kByName);
  EXPECT_TRUE(is_closed(*client));
  EXPECT_FALSE(client->has_answer(id));
  EXPECT_EQ(end_of_log(*connect()), 1);
}

TEST_F(FaultsTest, LetARequestThroughAfterItsConnectionHasEnded) {
  inject("Produce straggle 500");
  auto client = connect();
  const std::int32_t id = client->send(request(), kByName);
  EXPECT_TRUE(is_closed(*client));
  EXPECT_FALSE(client->has_answer(id));
  EXPECT_EQ(end_of_log(*connect()), 0);
  network.run_for(1s);
  EXPECT_EQ(end_of_log(*connect()), 1);
}

TEST_F(FaultsTest, GarbleAnAnswerOfWhatWasDone) {
  inject("Produce garble");
  auto client = connect();
  client->send(request(), kByName);
  network.run_for(1s);
  EXPECT_EQ(end_of_log(*connect()), 1);
}

TEST_F(FaultsTest, GarbleAnAnswerThatIsTheSameForAllOtherwise) {
  const auto answer_to = [this](TestClient& client) {
    client.send(wire::ApiVersionsRequest());
    network.run_for(1s);
    // A length or a name that has changed leaves no answer to it.
    return client.has_answer(1) ? std::string(client.take_answer(1).view()) : "none";
  };
  const std::string sound = answer_to(*connect());
  EXPECT_EQ(answer_to(*connect()), sound);
  inject("ApiVersions garble");
  EXPECT_NE(answer_to(*connect()), sound);
  EXPECT_EQ(answer_to(*connect()), sound);
}

TEST_F(FaultsTest, FreezeAConnectionAndNoOther) {
  inject("Produce freeze");
  auto client = connect();
  client->send(request(), kByName);
  client->send(wire::ApiVersionsRequest());
  network.run_for(1h);
  EXPECT_EQ(client->answer_count(), 0u);
  EXPECT_EQ(produce(*connect()), code::kNone);
}

TEST_F(FaultsTest, HoldRequestsUntilTheyAreReleased) {
  inject("Produce hold");
  auto client = connect();
  const std::int32_t id = client->send(request(), kByName);
  network.run_for(1s);
  EXPECT_FALSE(client->has_answer(id));
  EXPECT_EQ(broker.faults().held(), 1u);
  broker.faults().release();
  EXPECT_TRUE(network.run_until([&] { return client->has_answer(id); }, 1s));
}

TEST_F(FaultsTest, ReleaseNothingOfAPeerThatHasGone) {
  inject("Produce hold");
  auto client = connect();
  client->send(request(), kByName);
  network.run_for(1s);
  client.reset();
  network.run_for(1s);
  broker.faults().clear();
  EXPECT_EQ(end_of_log(*connect()), 0);
}

TEST_F(FaultsTest, EndWhenTheyAreCleared) {
  inject("* error UNKNOWN_SERVER_ERROR times -1");
  auto client = connect();
  EXPECT_EQ(produce(*client), code::kUnknownServerError);
  broker.faults().clear();
  EXPECT_EQ(produce(*client), code::kNone);
}

TEST(ParseFault, ReadsEveryPart) {
  const Fault fault = parse_fault("Produce error NOT_LEADER_OR_FOLLOWER times 3 after 10").value();
  EXPECT_EQ(fault.api, "Produce");
  EXPECT_EQ(fault.action, Fault::Action::kError);
  EXPECT_EQ(fault.error, code::kNotLeaderOrFollower);
  EXPECT_EQ(fault.times, 3);
  EXPECT_EQ(fault.after, 10);
  EXPECT_EQ(parse_fault("Fetch delay 250ms").value().delay, 250ms);
  EXPECT_EQ(parse_fault("Fetch throttle 300").value().delay, 300ms);
  EXPECT_EQ(parse_fault("* lose_answer").value().api, "");
}

TEST(ParseFault, NamesTheWordThatIsWrong) {
  const auto why = [](std::string_view text) { return parse_fault(text).error().message(); };
  EXPECT_THAT(why("Produze lose"), HasSubstr("\"Produze\" is no request that this broker serves"));
  EXPECT_THAT(why("Produze lose"), HasSubstr("did you mean \"Produce\"?"));
  EXPECT_THAT(why("Produce loose"), HasSubstr("did you mean \"lose\"?"));
  EXPECT_THAT(why("Produce error NOT_LEADER_OF_FOLLOWER"),
              HasSubstr("did you mean \"NOT_LEADER_OR_FOLLOWER\"?"));
  EXPECT_THAT(why("Produce error NONE"), HasSubstr("\"NONE\" is no error"));
  EXPECT_THAT(why("Produce delay soon"), HasSubstr("\"soon\" is no number"));
  EXPECT_THAT(why("Produce lose twice"), HasSubstr("\"twice\" is no condition"));
}

}  // namespace
}  // namespace weir::broker
