// What ends a Producer's batches for good although no Produce request was refused.

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"
#include "kafka/fake_log.h"
#include "kafka/producer.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace kafka_code = wire::kafka_code;

/// Two brokers that write what they get, give out identities unless told not to, and tell of the
/// topics "t", and of "secret" as they are told to.
class FatalProducer : public testing::Test, public Producer::Listener {
 protected:
  FatalProducer() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.leaders["t"] = {1};
    cluster_.leaders["secret"] = {2};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) set_up(*broker);
    producer_ = std::make_unique<Producer>(context_, metadata_, ProducerOptions(), *this);
  }

  void set_up(FakeBroker& broker) {
    broker.on<wire::InitProducerIdRequest>([this](const auto&, const auto& reply) {
      wire::InitProducerIdResponse response;
      response.error_code = identity_error_;
      response.producer_id = ++last_id_;
      reply(response);
    });
    broker.on<wire::MetadataRequest>([this](const auto& request, const auto& reply) {
      auto response = cluster_.answer(request);
      for (auto& topic : response.topics) {
        if (*topic.name == "secret") topic.error_code = secret_error_;
      }
      reply(response);
    });
    broker.on<wire::ProduceRequest>([](const auto& request, const auto& reply) {
      wire::ProduceResponse response;
      for (const auto& topic : request.topic_data) {
        response.responses.emplace_back().name = topic.name;
        response.responses.back().partition_responses.emplace_back().base_offset = 7;
      }
      reply(response);
    });
  }

  void send(const std::string& topic) {
    producer_->send({topic, {0}}, batch_of({"a"}), [this, topic](const Result<Offset>& outcome) {
      ended_.push_back(concat(topic, ": ", outcome.ok() ? "written" : outcome.error().message()));
    });
  }
  bool run_until_ended(std::size_t count, Duration limit = 10s) {
    return network_.run_until([&] { return ended_.size() >= count; }, limit);
  }
  void on_trouble(const Error&) override {}
  void on_recovery() override {}

  net::SimNetwork network_{3};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  std::int16_t identity_error_ = 0;
  std::int16_t secret_error_ = 0;
  std::int64_t last_id_ = 0;
  std::vector<std::string> ended_;
  std::unique_ptr<Producer> producer_;
};

TEST_F(FatalProducer, FailsWhereItMayNotHaveAnIdentity) {
  identity_error_ = kafka_code::kClusterAuthorizationFailed;
  send("t");
  send("secret");
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_THAT(ended_[0], AllOf(HasSubstr("InitProducerId"), HasSubstr("IDEMPOTENT_WRITE"),
                               HasSubstr("CLUSTER_AUTHORIZATION_FAILED")));
  EXPECT_EQ(producer_->pending_bytes(), 0u);
}

TEST_F(FatalProducer, AsksForAnIdentityAgainForWhatIsSentLater) {
  identity_error_ = kafka_code::kClusterAuthorizationFailed;
  send("t");
  ASSERT_TRUE(run_until_ended(1));
  identity_error_ = 0;
  send("t");
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_EQ(ended_[1], "t: written");
}

TEST_F(FatalProducer, WaitsForAnIdentityThatIsNotThereYet) {
  identity_error_ = kafka_code::kCoordinatorLoadInProgress;
  send("t");
  EXPECT_FALSE(run_until_ended(1, 5s));
  identity_error_ = 0;
  ASSERT_TRUE(run_until_ended(1));
  EXPECT_THAT(ended_, ElementsAre("t: written"));
}

TEST_F(FatalProducer, FailsWhereATopicMayNotBeDescribedAndWritesToOthers) {
  secret_error_ = kafka_code::kTopicAuthorizationFailed;
  send("secret");
  send("t");
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_THAT(ended_,
              testing::UnorderedElementsAre(AllOf(HasSubstr("secret: Metadata of topic \"secret\""),
                                                  HasSubstr("TOPIC_AUTHORIZATION_FAILED")),
                                            "t: written"));
  secret_error_ = 0;
  metadata_.refresh();
  network_.run_for(1s);
  send("secret");
  ASSERT_TRUE(run_until_ended(3));
  EXPECT_EQ(ended_[2], "secret: written");
}

TEST_F(FatalProducer, FailsWhatCameBackFromATopicThatIsForbiddenSince) {
  send("secret");
  ASSERT_TRUE(run_until_ended(1));
  cluster_.two.on<wire::ProduceRequest>([this](const auto&, const auto& reply) {
    secret_error_ = kafka_code::kTopicAuthorizationFailed;
    reply.hang_up();
  });
  send("secret");
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_THAT(ended_[1], HasSubstr("TOPIC_AUTHORIZATION_FAILED"));
  // The sequence that was given out is gone: under a new identity the next one is the first.
  send("t");
  ASSERT_TRUE(run_until_ended(3));
  EXPECT_EQ(last_id_, 2);
}

TEST_F(FatalProducer, WaitsForATopicOfWhichSomethingElseIsWrong) {
  secret_error_ = kafka_code::kUnknownServerError;
  send("secret");
  EXPECT_FALSE(run_until_ended(1, 5s));
  secret_error_ = 0;
  ASSERT_TRUE(run_until_ended(1));
  EXPECT_THAT(ended_, ElementsAre("secret: written"));
}

}  // namespace
}  // namespace weir::kafka
