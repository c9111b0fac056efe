#include "broker/connection.h"

#include <gmock/gmock.h>

#include <random>

#include "broker/broker.h"
#include "broker/testing/test_batch.h"
#include "broker/testing/test_client.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class ConnectionTest : public testing::Test {
 protected:
  explicit ConnectionTest(BrokerOptions options = {.topics = {{"t", 1}}, .seed = 1})
      : broker(network.loop("broker"), std::move(options),
               Log(LogLevel::kWarning,
                   [this](LogLevel, std::string_view line) { warnings.emplace_back(line); })) {
    EXPECT_TRUE(broker.start().ok());
  }

  std::unique_ptr<TestClient> connect() {
    return std::make_unique<TestClient>(network, broker.port());
  }
  bool is_closed(TestClient& client) {
    return network.run_until([&] { return client.closed; }, 1s);
  }
  /// Another client is served as if nothing had happened.
  void expect_others_are_served() {
    auto other = connect();
    EXPECT_THAT(other->call(wire::ApiVersionsRequest()).api_keys, testing::Not(IsEmpty()));
  }

  wire::FetchRequest fetch(std::int64_t offset, std::int32_t max_wait_ms) {
    wire::FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = 1;
    wire::FetchRequest::FetchPartition partition;
    partition.fetch_offset = offset;
    partition.partition_max_bytes = 100 << 20;
    request.topics.emplace_back().topic = "t";
    request.topics[0].partitions.push_back(partition);
    return request;
  }
  wire::ProduceRequest produce(std::string_view records) {
    wire::ProduceRequest request;
    request.acks = 1;
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({0, {records}});
    return request;
  }
  static constexpr std::int16_t kByName = 9;

  net::SimNetwork network{1};
  std::vector<std::string> warnings;
  Broker broker;
};

TEST_F(ConnectionTest, ServesRequestsOneAfterTheOther) {
  auto client = connect();
  const auto parked = client->send(fetch(0, 500), kByName);
  const auto behind = client->send(wire::ApiVersionsRequest());
  network.run_for(400ms);
  EXPECT_EQ(client->answer_count(), 0u);
  EXPECT_TRUE(network.run_until([&] { return client->has_answer(behind); }));
  EXPECT_TRUE(client->has_answer(parked));
}

TEST_F(ConnectionTest, WakesAParkedFetchAtOnce) {
  auto reader = connect(), writer = connect();
  const auto parked = reader->send(fetch(0, 60'000), kByName);
  network.run_for(10ms);
  const std::string batch = encode({});
  const TimePoint before = network.clock().now();
  writer->call(produce(batch), kByName);
  const auto answer = reader->await<wire::FetchResponse>(parked, kByName);
  EXPECT_LT(network.clock().now() - before, 10ms);
  EXPECT_EQ(answer.responses[0].partitions[0].records.view.size(), batch.size());
}

TEST_F(ConnectionTest, LetsGoOfAFetchWhosePeerHasGone) {
  auto reader = connect();
  reader->send(fetch(0, 60'000), kByName);
  network.run_for(10ms);
  reader->close();
  network.run_for(10ms);
  auto writer = connect();
  const std::string batch = encode({});
  EXPECT_EQ(writer->call(produce(batch), kByName).responses[0].partition_responses[0].error_code,
            0);
}

TEST_F(ConnectionTest, TakesManyRequestsAtOnceAndAnswersInOrder) {
  auto client = connect();
  const std::string batch = encode({.values = {std::string(20'000, 'x')}});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(client->send(produce(batch), kByName));
  for (int i = 0; i < 100; ++i) {
    const auto answer =
        client->await<wire::ProduceResponse>(ids[static_cast<std::size_t>(i)], kByName);
    ASSERT_EQ(answer.responses[0].partition_responses[0].base_offset, i);
  }
}

TEST_F(ConnectionTest, StopsServingAPeerThatDoesNotRead) {
  auto slow = connect();
  const std::string batch = encode({.values = {std::string(900'000, 'x')}});
  slow->call(produce(batch), kByName);
  slow->set_reading(false);
  for (int i = 0; i < 200; ++i) slow->send(fetch(0, 0), kByName);
  network.run_for(100ms);
  expect_others_are_served();
  slow->set_reading(true);
  EXPECT_TRUE(network.run_until([&] { return slow->answer_count() == 200; }));
}

// What librdkafka 2.16 sends to ask for all topics; Kafka answers it.
TEST_F(ConnectionTest, LetsBytesBehindTheLastFieldPass) {
  auto client = connect();
  client->send_bytes(std::string("\0\0\0\x19\0\x03\0\x0d\0\0\0\x07\0\x07rdkafka\0", 22) +
                     std::string("\0\0\0\0\x01\0\0", 7));
  EXPECT_EQ(client->await<wire::MetadataResponse>(7).topics.size(), 1u);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(ConnectionTest, ClosesOnWhatIsNoRequest) {
  auto client = connect();
  client->send_bytes(std::string("\0\0\0\x04", 4) + "what");
  EXPECT_TRUE(is_closed(*client));
  EXPECT_THAT(warnings, Contains(HasSubstr("a request's header is malformed")));
  expect_others_are_served();
}

TEST_F(ConnectionTest, ClosesOnALengthThatIsNegativeOrTooLarge) {
  for (const char* length : {"\xff\xff\xff\xff", "\x7f\xff\xff\xff", "GET "}) {
    auto client = connect();
    client->send_bytes({length, 4});
    EXPECT_TRUE(is_closed(*client));
  }
  EXPECT_THAT(warnings, Contains(HasSubstr("at most 104857600")));
  expect_others_are_served();
}

TEST_F(ConnectionTest, ClosesOnABodyThatIsCutShort) {
  auto client = connect();
  wire::Writer writer;
  const auto start = writer.begin_frame();
  wire::encode(wire::RequestHeader{3, 9, 1, {"test"}}, 2, writer);
  writer.bytes("\xff\xff\xff\xff\x0f");
  writer.end_frame(start);
  client->send_bytes(writer.joined());
  EXPECT_TRUE(is_closed(*client));
  EXPECT_THAT(warnings, Contains(HasSubstr("MetadataRequest")));
  expect_others_are_served();
}

TEST_F(ConnectionTest, ClosesOnAnApiOrVersionThatIsNotServed) {
  auto client = connect();
  wire::Writer writer;
  const auto start = writer.begin_frame();
  wire::encode(wire::RequestHeader{999, 0, 1, {"test"}}, 1, writer);
  writer.end_frame(start);
  client->send_bytes(writer.joined());
  EXPECT_TRUE(is_closed(*client));
  EXPECT_THAT(warnings, Contains(HasSubstr("API key 999, which this broker does not serve")));

  auto old = connect();
  wire::Writer old_produce;
  const auto old_start = old_produce.begin_frame();
  wire::encode(wire::RequestHeader{0, 2, 1, {"test"}}, 1, old_produce);
  old_produce.end_frame(old_start);
  old->send_bytes(old_produce.joined());
  EXPECT_TRUE(is_closed(*old));
  EXPECT_THAT(warnings,
              Contains(HasSubstr("it sent Produce in version 2; this broker serves 3 to")));
}

TEST_F(ConnectionTest, AnswersApiVersionsInAnUnknownVersionWithTheVersionsToUse) {
  auto client = connect();
  wire::Writer writer;
  const auto start = writer.begin_frame();
  wire::encode(wire::RequestHeader{18, 99, 7, {"test"}}, 2, writer);
  writer.bytes("from the future");
  writer.end_frame(start);
  client->send_bytes(writer.joined());
  const auto answer = client->await<wire::ApiVersionsResponse>(7, 0);
  EXPECT_EQ(answer.error_code, 35);
  ASSERT_EQ(answer.api_keys.size(), 1u);
  EXPECT_EQ(answer.api_keys[0].api_key, 18);
}

TEST_F(ConnectionTest, SurvivesRandomBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    auto client = connect();
    std::string bytes(4 + random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (i % 2 == 0) wire::put_big_endian(bytes.data(), static_cast<std::int32_t>(bytes.size() - 4));
    if (i % 2 == 0 && bytes.size() > 8) {
      wire::put_big_endian(bytes.data() + 4, static_cast<std::int16_t>(random() % 25));
      wire::put_big_endian(bytes.data() + 6, static_cast<std::int16_t>(random() % 10));
    }
    client->send_bytes(bytes);
    network.run_for(2ms);
  }
  expect_others_are_served();
}

class CrowdedTest : public ConnectionTest {
 protected:
  CrowdedTest() : ConnectionTest({.max_connections = 2, .seed = 1}) {}
};

TEST_F(CrowdedTest, ClosesConnectionsBeyondTheLimit) {
  auto first = connect(), second = connect();
  network.run_for(10ms);
  auto third = connect();
  EXPECT_TRUE(is_closed(*third));
  EXPECT_FALSE(first->closed || second->closed);
  EXPECT_THAT(warnings, Contains(HasSubstr("as many as max_connections allows")));
  first->close();
  network.run_for(10ms);
  expect_others_are_served();
}

}  // namespace
}  // namespace weir::broker
