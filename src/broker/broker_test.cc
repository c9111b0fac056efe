#include "broker/broker.h"

#include <gmock/gmock.h>

#include "broker/testing/test_batch.h"
#include "broker/testing/test_client.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

using testing::HasSubstr;

constexpr std::int16_t kByName = 9;

/// A broker with topics "t" and "u", and one client.
class BrokerTest : public testing::Test {
 protected:
  void start(BrokerOptions options) {
    options.seed = 1;
    options.topics = {{"t", 2}, {"u", 1}};
    broker.emplace(network.loop("broker"), options,
                   Log(LogLevel::kInfo,
                       [this](LogLevel, std::string_view line) { lines.emplace_back(line); }));
    ASSERT_TRUE(broker->start().ok());
    client.emplace(network, broker->port());
  }

  std::int64_t produce(std::string_view topic, const TestBatch& batch) {
    const std::string bytes = encode(batch);
    wire::ProduceRequest request;
    request.acks = -1;
    request.topic_data.emplace_back().name = topic;
    request.topic_data[0].partition_data.push_back({0, {bytes}});
    return client->call(request, kByName).responses[0].partition_responses[0].base_offset;
  }

  wire::FetchResponse fetch(std::vector<std::pair<std::int32_t, std::int64_t>> partitions,
                            std::int32_t max_bytes, std::int32_t partition_max_bytes) {
    wire::FetchRequest request;
    request.max_bytes = max_bytes;
    request.topics.emplace_back().topic = "t";
    for (const auto& [index, offset] : partitions) {
      wire::FetchRequest::FetchPartition partition;
      partition.partition = index;
      partition.fetch_offset = offset;
      partition.partition_max_bytes = partition_max_bytes;
      request.topics[0].partitions.push_back(partition);
    }
    return client->call(request, kByName);
  }

  std::int64_t offset_at(std::string_view topic, std::int64_t timestamp) {
    wire::ListOffsetsRequest request;
    request.topics.push_back({topic, {{0, -1, timestamp}}});
    return client->call(request).topics[0].partitions[0].offset;
  }

  net::SimNetwork network{1};
  std::vector<std::string> lines;
  std::optional<Broker> broker;
  std::optional<TestClient> client;
};

TEST_F(BrokerTest, GivesEveryTopicItsOptions) {
  start({});
  const auto metadata = client->call(wire::MetadataRequest(), 9);
  ASSERT_EQ(metadata.topics.size(), 2u);
  EXPECT_EQ(metadata.topics[0].partitions.size(), 2u);
  EXPECT_EQ(metadata.brokers[0].port, broker->port());
}

TEST_F(BrokerTest, FetchesTheFirstBatchHoweverLarge) {
  start({});
  produce("t", {.values = {std::string(50'000, 'x')}});
  EXPECT_GT(fetch({{0, 0}}, 1000, 1000).responses[0].partitions[0].records.view.size(), 50'000u);
  // A partition without records does not count as the first.
  const auto answer = fetch({{1, 0}, {0, 0}}, 1000, 1000);
  EXPECT_GT(answer.responses[0].partitions[1].records.view.size(), 50'000u);
}

TEST_F(BrokerTest, HoldsToTheLimitsOfAFetchBehindItsFirstBatch) {
  start({});
  for (int i = 0; i < 3; ++i) produce("t", {.values = {std::string(1000, 'x')}});
  const std::size_t one = encode({.values = {std::string(1000, 'x')}}).size();
  const auto sizes = [&](std::int32_t max, std::int32_t partition_max) {
    const auto answer = fetch({{0, 0}, {0, 1}}, max, partition_max);
    return std::pair(answer.responses[0].partitions[0].records.view.size() / one,
                     answer.responses[0].partitions[1].records.view.size() / one);
  };
  EXPECT_EQ(sizes(1 << 20, 1 << 20), std::pair(std::size_t{3}, std::size_t{2}));
  EXPECT_EQ(sizes(1 << 20, 2500), std::pair(std::size_t{2}, std::size_t{2}));
  EXPECT_EQ(sizes(2500, 1 << 20), std::pair(std::size_t{2}, std::size_t{0}));
  EXPECT_EQ(sizes(10, 10), std::pair(std::size_t{1}, std::size_t{0}));
}

TEST_F(BrokerTest, DropsThePartitionsOldestRecordsBeyondItsLimit) {
  start({.retention_bytes = 1_MiB});
  for (int i = 0; i < 80; ++i) produce("t", {.values = {std::string(100'000, 'x')}});
  EXPECT_GT(offset_at("t", -2), 0);
  EXPECT_EQ(offset_at("t", -1), 80);
  EXPECT_EQ(fetch({{0, 0}}, 1000, 1000).responses[0].partitions[0].error_code, 1);
  EXPECT_THAT(lines, testing::Contains(HasSubstr("the oldest records are being dropped")));
}

TEST_F(BrokerTest, DropsFromTheLargestLogWhenAllAreTooLarge) {
  start({.memory_bytes = 8_MiB});
  produce("u", {});
  for (int i = 0; i < 150; ++i) produce("t", {.values = {std::string(100'000, 'x')}});
  EXPECT_GT(offset_at("t", -2), 0);
  EXPECT_EQ(offset_at("u", -2), 0);
}

TEST_F(BrokerTest, HasRoomForOthersWhenRecordsAreDeleted) {
  start({.memory_bytes = 8_MiB});
  for (int i = 0; i < 60; ++i) produce("t", {.values = {std::string(100'000, 'x')}});
  wire::DeleteRecordsRequest all;
  all.topics.push_back({"t", {{0, -1}}});
  EXPECT_EQ(client->call(all).topics[0].partitions[0].low_watermark, 60);
  for (int i = 0; i < 60; ++i) produce("u", {.values = {std::string(100'000, 'x')}});
  EXPECT_EQ(offset_at("u", -2), 0);
}

TEST_F(BrokerTest, GivesRecordsTheTimeOfTheirArrivalWhereTheTopicSaysSo) {
  start({});
  wire::CreateTopicsRequest request;
  request.topics.push_back({"stamped", 1, 1, {}, {{"message.timestamp.type", "LogAppendTime"}}});
  client->call(request);
  const std::int64_t now = network.clock().wall().millis;
  produce("stamped", {.first_timestamp = 5});
  EXPECT_EQ(offset_at("stamped", now), 0);
}

TEST_F(BrokerTest, SaysWhenAnOptionMakesNoSense) {
  Broker bad_partitions(network.loop("a"), {.default_partitions = 0});
  EXPECT_THAT(bad_partitions.start().error().message(), HasSubstr("default_partitions is 0"));
  Broker bad_topic(network.loop("b"), {.topics = {{"no good", 1}}});
  EXPECT_THAT(bad_topic.start().error().message(), HasSubstr("'no good' cannot be a topic"));
}

TEST_F(BrokerTest, SaysWhenItsPortIsInUse) {
  start({});
  Broker second(network.loop("broker"), {.port = broker->port()});
  EXPECT_EQ(second.start().error().code(), ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace weir::broker
