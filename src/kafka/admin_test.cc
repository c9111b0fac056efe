#include "kafka/admin.h"

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_configs.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class AdminTest : public testing::Test {
 protected:
  AdminTest() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.leaders["t"] = {1, 2};
  }

  template <class Request>
  void on_both(std::function<void(const Request&, Reply<typename Request::Response>)> handle) {
    cluster_.one.on<Request>(handle);
    cluster_.two.on<Request>(handle);
  }
  std::function<void(Result<void>)> note() {
    return [this](const Result<void>& outcome) {
      outcomes_.push_back(outcome.ok() ? "ok" : outcome.error().message());
    };
  }
  bool run_until(std::size_t outcomes) {
    return network_.run_until([&] { return outcomes_.size() == outcomes; });
  }

  net::SimNetwork network_{31};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  Admin admin_{context_, metadata_};
  std::vector<std::string> outcomes_;
};

TEST_F(AdminTest, CreatesATopicWithItsSettings) {
  std::string asked;
  on_both<wire::CreateTopicsRequest>([&](const auto& request, const auto& reply) {
    asked = wire::print(request, reply.version());
    wire::CreateTopicsResponse response;
    response.topics.emplace_back().name = "new";
    reply(response);
  });
  admin_.create_topic({"new", 3, 1, {{"retention.ms", "1000"}}}, 10s, note());
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("ok"));
  EXPECT_THAT(asked, AllOf(HasSubstr("name=\"new\""), HasSubstr("numPartitions=3"),
                           HasSubstr("retention.ms")));
}

TEST_F(AdminTest, GoesOnAsSoonAsABrokerIsKnown) {
  const TimePoint begun = context_.loop.now();
  admin_.describe_cluster(10s, [this](const auto&) { outcomes_.emplace_back("described"); });
  ASSERT_TRUE(run_until(1));
  EXPECT_LT(context_.loop.now() - begun, context_.options.retry_backoff);
}

TEST_F(AdminTest, TellsWhyATopicCannotBeCreated) {
  on_both<wire::CreateTopicsRequest>([&](const auto&, const auto& reply) {
    wire::CreateTopicsResponse response;
    auto& topic = response.topics.emplace_back();
    topic.error_code = 36;
    topic.error_message = "Topic 'new' already exists.";
    reply(response);
  });
  admin_.create_topic({"new"}, 10s, note());
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_[0],
              AllOf(HasSubstr("CreateTopics of \"new\""), HasSubstr("TOPIC_ALREADY_EXISTS"),
                    HasSubstr("Topic 'new' already exists.")));
}

TEST_F(AdminTest, DeletesATopicOrSaysThatThereIsNone) {
  std::int16_t code = 0;
  on_both<wire::DeleteTopicsRequest>([&](const auto&, const auto& reply) {
    wire::DeleteTopicsResponse response;
    response.responses.emplace_back().error_code = code;
    reply(response);
  });
  admin_.delete_topic("t", 10s, note());
  ASSERT_TRUE(run_until(1));
  code = 3;
  admin_.delete_topic("t", 10s, note());
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_, ElementsAre("ok", "DeleteTopics of \"t\": there is no such topic"));
}

TEST_F(AdminTest, DescribesATopic) {
  std::vector<NodeId> leaders;
  admin_.describe_topic("t", 10s, [&](const Result<TopicDescription>& topic) {
    for (const auto& partition : topic->partitions) leaders.push_back(partition.leader);
    outcomes_.push_back(topic->name);
  });
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("t"));
  EXPECT_THAT(leaders, ElementsAre(1, 2));
}

TEST_F(AdminTest, WaitsForATopicUntilPatienceEnds) {
  const auto describe = [&](const std::string& topic) {
    admin_.describe_topic(topic, 2s, [&](const Result<TopicDescription>& told) {
      outcomes_.push_back(told.ok() ? told->name : told.error().message());
    });
  };
  describe("later");
  describe("never");
  network_.run_for(1s);
  cluster_.leaders["later"] = {1};
  network_.run_for(1100ms);
  EXPECT_THAT(outcomes_, ElementsAre("later", HasSubstr("Metadata of topic \"never\"")));
}

TEST_F(AdminTest, DescribesTheSettingsOfATopic) {
  on_both<wire::DescribeConfigsRequest>([](const auto&, const auto& reply) {
    wire::DescribeConfigsResponse response;
    auto& result = response.results.emplace_back();
    result.configs.emplace_back().name = "max.message.bytes";
    result.configs[0].value = "1048588";
    reply(response);
  });
  std::map<std::string, std::string> configs;
  admin_.describe_configs("t", 10s, [&](const auto& told) {
    configs = *told;
    outcomes_.push_back("ok");
  });
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(configs, ElementsAre(Pair("max.message.bytes", "1048588")));
}

TEST_F(AdminTest, DescribesTheCluster) {
  ClusterDescription cluster;
  admin_.describe_cluster(10s, [&](const Result<ClusterDescription>& told) {
    cluster = *told;
    outcomes_.push_back("ok");
  });
  ASSERT_TRUE(run_until(1));
  EXPECT_EQ(cluster.id, "fake");
  EXPECT_EQ(cluster.controller, 1);
  EXPECT_THAT(cluster.brokers,
              ElementsAre(BrokerAddress{1, {"one", 9092}}, BrokerAddress{2, {"two", 9092}}));
}

TEST_F(AdminTest, SaysWhichBrokerDoesNotAnswerWhenPatienceEnds) {
  cluster_.one.stop();
  cluster_.two.stop();
  admin_.create_topic({"new"}, 3s, note());
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_[0], HasSubstr("cannot connect to one:9092"));
  EXPECT_LE(network_.clock().now().time_since_epoch(), 3100ms);
}

TEST_F(AdminTest, WaitsForBrokersThatDoNotKnowEachOtherYet) {
  cluster_.fenced = true;
  admin_.describe_topic("t", 10s,
                        [&](const auto& told) { outcomes_.push_back(told.ok() ? "ok" : ""); });
  network_.run_for(2s);
  cluster_.fenced = false;
  network_.run_for(2s);
  EXPECT_THAT(outcomes_, ElementsAre("ok"));
}

TEST_F(AdminTest, TriesAnotherBrokerWhereOneIsAway) {
  network_.run_for(1s);
  on_both<wire::DescribeConfigsRequest>([](const auto&, const auto& reply) {
    wire::DescribeConfigsResponse response;
    response.results.emplace_back();
    reply(response);
  });
  cluster_.one.stop();
  admin_.describe_configs("t", 10s,
                          [&](const auto& told) { outcomes_.push_back(told.ok() ? "ok" : ""); });
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("ok"));
}

}  // namespace
}  // namespace weir::kafka
