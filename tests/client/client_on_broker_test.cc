// The Kafka client against the embedded broker on a simulated network: what one writes the other
// reads, whatever happens to the connections between them.

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "kafka/admin.h"
#include "kafka/fetcher.h"
#include "kafka/offset_finder.h"
#include "kafka/producer.h"
#include "net/sim_network.h"
#include "wire/record_batch.h"
#include "wire/record_batch_builder.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::OffsetSpec;
using kafka::TopicPartition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::int32_t kPartitions = 3;

TopicPartition partition(std::int32_t index) { return {"t", {index}}; }

/// What a client's parts tell, and what was read of each partition.
class Listener : public kafka::Fetcher::Listener, public kafka::Producer::Listener {
 public:
  void on_chunk(kafka::FetchedChunk chunk) override {
    wire::RecordBatchCursor cursor(chunk.batches);
    std::string scratch;
    while (const auto batch = cursor.next().value()) {
      const auto payload = wire::decompressed_payload(*batch, scratch, 1 << 20).value();
      wire::Reader reader(payload);
      for (std::int32_t i = 0; i < batch->header.record_count; ++i) {
        const auto record = wire::read_record(reader, batch->header);
        if (Offset{record.offset} < chunk.from) continue;
        read[chunk.source.partition.value].emplace_back(record.value);
        ++count;
      }
    }
  }
  void on_out_of_range(const TopicPartition& name, Offset) override {
    out_of_range.push_back(to_string(name));
  }
  void on_cut_off(const TopicPartition& name, Offset, kafka::LogPosition) override {
    ADD_FAILURE() << to_string(name) << " was cut off";
  }
  void on_failure(const TopicPartition&, const Error& error) override {
    ADD_FAILURE() << error.message();
  }
  void on_trouble(const Error& error) override { trouble.push_back(error.message()); }
  void on_recovery() override {}

  std::map<std::int32_t, std::vector<std::string>> read;
  std::size_t count = 0;
  std::vector<std::string> out_of_range;
  std::vector<std::string> trouble;
};

/// A broker and a client with one of each part, on two simulated loops.
struct World {
  explicit World(std::uint64_t seed, net::SimOptions options = {}) : network(seed, options) {
    broker::BrokerOptions broker_options;
    broker_options.port = 9092;
    broker_options.topics = {{"t", kPartitions}};
    broker_options.seed = seed + 1;
    broker = std::make_unique<broker::Broker>(network.loop("broker"), broker_options);
    EXPECT_TRUE(broker->start().ok());
    context.options.bootstrap = {{"127.0.0.1", 9092}};
    context.options.request_timeout = 2s;
    context.options.seed = seed;
    metadata = std::make_unique<kafka::Metadata>(context);
    fetcher = std::make_unique<kafka::Fetcher>(context, *metadata, kafka::FetchOptions{}, listener);
    producer =
        std::make_unique<kafka::Producer>(context, *metadata, kafka::ProducerOptions{}, listener);
  }

  void send(std::int32_t index, const std::vector<std::string>& values,
            wire::Compression compression = wire::Compression::kNone) {
    std::size_t size = 100;
    for (const auto& value : values) size += value.size() + 50;
    wire::RecordBatchBuilder builder(context.buffers.take(size));
    for (const auto& value : values) {
      value.copy(builder.append(1000 + sent++, std::nullopt, value.size()), value.size());
    }
    producer->send(partition(index), std::move(builder).seal(compression, context.buffers).value(),
                   [this](const Result<Offset>& outcome) {
                     EXPECT_TRUE(outcome.ok());
                     ++acknowledged;
                   });
  }
  void read_all() {
    for (std::int32_t i = 0; i < kPartitions; ++i) fetcher->assign(partition(i), {0});
  }
  bool run_until(const std::function<bool()>& done) { return network.run_until(done, 10min); }

  net::SimNetwork network;
  kafka::ClientContext context{network.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::unique_ptr<broker::Broker> broker;
  Listener listener;
  std::unique_ptr<kafka::Metadata> metadata;
  std::unique_ptr<kafka::Fetcher> fetcher;
  std::unique_ptr<kafka::Producer> producer;
  std::int64_t sent = 0;
  std::size_t acknowledged = 0;
};

TEST(ClientOnBroker, ReadsWhatItWroteInEveryCompression) {
  World world(1);
  const auto codecs = {wire::Compression::kNone, wire::Compression::kGzip,
                       wire::Compression::kSnappy, wire::Compression::kLz4,
                       wire::Compression::kZstd};
  for (const auto codec : codecs) world.send(0, {"a", "b"}, codec);
  world.read_all();
  ASSERT_TRUE(world.run_until([&] { return world.listener.count == 10; }));
  EXPECT_THAT(world.listener.read[0],
              ElementsAre("a", "b", "a", "b", "a", "b", "a", "b", "a", "b"));
}

TEST(ClientOnBroker, FindsOffsetsByTimeAndReportsPositionsOutOfRange) {
  World world(2);
  world.send(1, {"a", "b", "c"});
  ASSERT_TRUE(world.run_until([&] { return world.acknowledged == 1; }));
  kafka::OffsetFinder finder(world.context, *world.metadata);
  kafka::FoundOffsets found;
  finder.find({{partition(0), OffsetSpec::latest()}, {partition(1), OffsetSpec::at({1001})}}, 5s,
              [&](const Result<kafka::FoundOffsets>& outcome) { found = *outcome; });
  ASSERT_TRUE(world.run_until([&] { return !found.empty(); }));
  EXPECT_THAT(found, ElementsAre(Pair(partition(0), Offset{0}), Pair(partition(1), Offset{1})));
  world.fetcher->assign(partition(1), {4});
  ASSERT_TRUE(world.run_until([&] { return !world.listener.out_of_range.empty(); }));
  EXPECT_THAT(world.listener.out_of_range, ElementsAre("t-1"));
}

TEST(ClientOnBroker, CreatesDescribesAndDeletesATopic) {
  World world(3);
  kafka::Admin admin(world.context, *world.metadata);
  std::vector<std::string> log;
  const auto note = [&](const auto& outcome) {
    log.push_back(outcome.ok() ? "ok" : outcome.error().message());
  };
  admin.create_topic({"new", 4, 1, {{"max.message.bytes", "2000"}}}, 5s, note);
  ASSERT_TRUE(world.run_until([&] { return log.size() == 1; }));
  admin.create_topic({"new", 4, 1}, 5s, note);
  admin.describe_topic("new", 5s, [&](const Result<kafka::TopicDescription>& topic) {
    log.push_back(std::to_string(topic->partitions.size()));
  });
  admin.describe_configs(
      "new", 5s, [&](const auto& configs) { log.push_back(configs->at("max.message.bytes")); });
  ASSERT_TRUE(world.run_until([&] { return log.size() == 4; }));
  EXPECT_THAT(log,
              testing::UnorderedElementsAre("ok", HasSubstr("TOPIC_ALREADY_EXISTS"), "4", "2000"));
  admin.delete_topic("new", 5s, note);
  admin.delete_topic("none", 5s, note);
  ASSERT_TRUE(world.run_until([&] { return log.size() == 6; }));
  EXPECT_THAT(log, testing::Contains("DeleteTopics of \"none\": there is no such topic"));
}

TEST(ClientOnBroker, K8d_KnowsLeadersAndTheOffsetsOfOneMessage) {
  World world(5);
  world.send(0, {"a"});
  ASSERT_TRUE(world.run_until([&] { return world.acknowledged == 1; }));
  kafka::Admin admin(world.context, *world.metadata);
  std::vector<std::int32_t> leaders;
  admin.describe_topic("t", 5s, [&](const Result<kafka::TopicDescription>& topic) {
    for (const auto& each : topic->partitions) leaders.push_back(each.leader);
  });
  std::vector<std::int32_t> brokers;
  admin.describe_cluster(5s, [&](const Result<kafka::ClusterDescription>& cluster) {
    for (const auto& each : cluster->brokers) brokers.push_back(each.id);
  });
  std::optional<ErrorCode> unknown;
  admin.describe_topic("none", 5s, [&](const auto& topic) { unknown = topic.error().code(); });
  kafka::OffsetFinder finder(world.context, *world.metadata);
  std::vector<Offset> found;
  for (const OffsetSpec spec : {OffsetSpec::earliest(), OffsetSpec::latest()}) {
    finder.find({{partition(0), spec}}, 5s, [&](const Result<kafka::FoundOffsets>& outcome) {
      found.push_back(outcome->at(partition(0)).value());
    });
  }
  ASSERT_TRUE(world.run_until(
      [&] { return leaders.size() == 3 && brokers.size() == 1 && unknown && found.size() == 2; }));
  EXPECT_THAT(leaders, testing::Each(brokers[0]));
  EXPECT_EQ(unknown, ErrorCode::kNotFound);
  EXPECT_THAT(found, testing::UnorderedElementsAre(Offset{0}, Offset{1}));
}

TEST(ClientOnBroker, GoesOnAfterABrokerThatWasSilent) {
  World world(4);
  world.read_all();
  world.send(0, {"before"});
  ASSERT_TRUE(world.run_until([&] { return world.listener.count == 1; }));
  world.network.set_silent("broker", true);
  world.send(0, {"meanwhile"});
  world.network.run_for(1min);
  EXPECT_EQ(world.listener.count, 1u);
  EXPECT_FALSE(world.listener.trouble.empty());
  world.network.set_silent("broker", false);
  ASSERT_TRUE(world.run_until([&] { return world.listener.count == 2; }));
  EXPECT_THAT(world.listener.read[0], ElementsAre("before", "meanwhile"));
}

class BadNetwork : public testing::TestWithParam<std::uint64_t> {};

TEST_P(BadNetwork, EachRecordArrivesOnceAndInOrder) {
  World world(GetParam(), {.break_one_in = 60});
  world.read_all();
  std::map<std::int32_t, std::vector<std::string>> expected;
  std::size_t batches = 0;
  for (int round = 0; round < 60; ++round) {
    for (std::int32_t i = 0; i < kPartitions; ++i) {
      const std::vector<std::string> values(
          1 + static_cast<std::size_t>(round % 3),
          std::to_string(round) + std::string(static_cast<std::size_t>(round) * 20, '.'));
      world.send(i, values);
      ++batches;
      expected[i].insert(expected[i].end(), values.begin(), values.end());
    }
    world.network.run_for(Duration(2ms) * (round % 5));
  }
  const auto total = static_cast<std::size_t>(world.sent);
  ASSERT_TRUE(world.run_until(
      [&] { return world.listener.count >= total && world.acknowledged == batches; }));
  EXPECT_EQ(world.listener.read, expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BadNetwork, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace weir
