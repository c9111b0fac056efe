// A cluster with followers: what may be read, and what is acknowledged, is what they have.
#include <gmock/gmock.h>

#include "base/log.h"
#include "broker/cluster.h"
#include "broker/node.h"
#include "broker/testing/test_batch.h"
#include "broker/testing/test_client.h"
#include "net/sim_network.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

using namespace std::chrono_literals;
namespace code = wire::kafka_code;
using testing::Pair;

constexpr std::int16_t kNamesPartitions = 9;
constexpr std::uint16_t kFirstPort = 9092;
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kBatchTime = 1000;
constexpr Duration kLag = 100ms;

/// Three nodes and a topic of one partition, led by the first of them and followed by the others.
class HighWatermark : public testing::Test {
 protected:
  HighWatermark() {
    for (std::uint16_t i = 0; i < 3; ++i) {
      BrokerOptions options;
      options.host = concat("node-", i);
      options.port = static_cast<std::uint16_t>(kFirstPort + i);
      options.seed = 1;
      if (!cluster_) cluster_ = std::make_unique<Cluster>(network_.loop("node-0"), options);
      nodes_.push_back(
          std::make_unique<Node>(network_.loop(options.host), *cluster_, options, Log()));
      EXPECT_TRUE(nodes_.back()->listen().ok());
    }
    cluster_->let_follow({.lag = kLag, .min_in_sync = 2});
    topic_ = cluster_->create_topic({.name = "t", .partitions = 1, .settings = {}}).value();
    turn_to(0);
  }

  /// The client talks to this node from now on.
  void turn_to(std::size_t node) {
    client_.emplace(network_, static_cast<std::uint16_t>(kFirstPort + node));
  }

  std::int32_t send_batch(std::int16_t acks, std::chrono::milliseconds timeout,
                          const TestBatch& batch = {.first_timestamp = kBatchTime}) {
    const std::string bytes = encode(batch);
    wire::ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = static_cast<std::int32_t>(timeout.count());
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({0, {bytes}});
    return client_->send(request, kNamesPartitions);
  }
  /// Error code and offset.
  std::pair<std::int16_t, std::int64_t> await_batch(std::int32_t id) {
    const auto answer = client_->await<wire::ProduceResponse>(id, kNamesPartitions);
    const auto& told = answer.responses.at(0).partition_responses.at(0);
    return {told.error_code, told.base_offset};
  }
  std::pair<std::int16_t, std::int64_t> produce(std::int16_t acks,
                                                std::chrono::milliseconds timeout = 1s,
                                                const TestBatch& batch = {
                                                    .first_timestamp = kBatchTime}) {
    return await_batch(send_batch(acks, timeout, batch));
  }

  wire::FetchResponse::PartitionData fetch(std::int64_t offset, std::chrono::milliseconds wait) {
    wire::FetchRequest request;
    request.max_wait_ms = static_cast<std::int32_t>(wait.count());
    request.max_bytes = 1'000'000;
    request.min_bytes = 1;
    request.topics.emplace_back().topic = "t";
    auto& asked = request.topics[0].partitions.emplace_back();
    asked.fetch_offset = offset;
    asked.partition_max_bytes = 1'000'000;
    fetched_ = client_->call(request, kNamesPartitions);
    return fetched_.responses.at(0).partitions.at(0);
  }

  /// Error code and offset.
  std::pair<std::int16_t, std::int64_t> offset_at(
      std::int64_t timestamp,
      std::int16_t version = wire::ListOffsetsRequest::kSchema.versions.last) {
    wire::ListOffsetsRequest request;
    request.topics.push_back({"t", {{0, -1, timestamp}}});
    const auto told = client_->call(request, version).topics.at(0).partitions.at(0);
    return {told.error_code, told.offset};
  }
  std::int16_t delete_records(std::int64_t before) {
    wire::DeleteRecordsRequest request;
    request.topics.push_back({"t", {{0, before}}});
    return client_->call(request).topics.at(0).partitions.at(0).error_code;
  }

  /// A transaction's batch, of a producer that InitProducerId gave id and epoch.
  std::pair<std::int16_t, std::int64_t> produce_in_transaction(const ProducerIdentity& producer) {
    const std::string bytes = encode({.producer_id = producer.id,
                                      .producer_epoch = producer.epoch,
                                      .base_sequence = 0,
                                      .transactional = true});
    wire::ProduceRequest request;
    request.transactional_id = "tx";
    request.acks = -1;
    request.timeout_ms = 1000;
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({0, {bytes}});
    constexpr std::int16_t kAddsPartition = 12;
    const auto answer = client_->call(request, kAddsPartition);
    const auto& told = answer.responses.at(0).partition_responses.at(0);
    return {told.error_code, told.base_offset};
  }
  const Transaction& transaction() const { return *cluster_->transactions().find("tx"); }

  Partition& partition_at(std::size_t node) { return *nodes_[node]->partition(*topic_, 0); }
  Duration elapsed() const { return network_.clock().now().time_since_epoch(); }

  net::SimNetwork network_{1};
  std::unique_ptr<Cluster> cluster_;
  std::vector<std::unique_ptr<Node>> nodes_;
  const Topic* topic_ = nullptr;
  std::optional<TestClient> client_;
  wire::FetchResponse fetched_;
};

TEST_F(HighWatermark, IsWaitedForWithAcksOfAllOnly) {
  EXPECT_THAT(produce(1), Pair(code::kNone, 0));
  EXPECT_LT(elapsed(), kLag);
  EXPECT_THAT(produce(-1), Pair(code::kNone, 1));
  EXPECT_GE(elapsed(), kLag);
}

TEST_F(HighWatermark, EndsWhatIsReadAndFound) {
  ASSERT_THAT(produce(-1), Pair(code::kNone, 0));
  ASSERT_THAT(produce(1, 1s, {.first_timestamp = 2 * kBatchTime}), Pair(code::kNone, 1));
  const auto both = fetch(0, 0ms);
  EXPECT_EQ(view_of(both.records.view).bytes.size(), both.records.view.size()) << "more than one";
  EXPECT_EQ(both.high_watermark, 1);
  EXPECT_EQ(both.last_stable_offset, 1);
  EXPECT_THAT(offset_at(kLatest), Pair(code::kNone, 1));
  EXPECT_THAT(offset_at(2 * kBatchTime), Pair(code::kNone, -1));
  EXPECT_EQ(delete_records(2), code::kOffsetOutOfRange);
  network_.run_for(kLag);
  EXPECT_THAT(offset_at(kLatest), Pair(code::kNone, 2));
  EXPECT_THAT(offset_at(2 * kBatchTime), Pair(code::kNone, 1));
}

TEST_F(HighWatermark, WakesAFetchThatWaitsForIt) {
  ASSERT_THAT(produce(1), Pair(code::kNone, 0));
  const auto woken = fetch(0, 10s);
  EXPECT_FALSE(woken.records.view.empty());
  EXPECT_GE(elapsed(), kLag);
  EXPECT_LT(elapsed(), 2 * kLag);
}

TEST_F(HighWatermark, IsBehindWhoseFetchIsWithinTheLog) {
  ASSERT_THAT(produce(1), Pair(code::kNone, 0));
  const auto ahead = fetch(1, 0ms);
  EXPECT_EQ(ahead.error_code, code::kNone);
  EXPECT_TRUE(ahead.records.view.empty());
  EXPECT_EQ(fetch(2, 0ms).error_code, code::kOffsetOutOfRange);
}

TEST_F(HighWatermark, IsNotWaitedForLongerThanTheRequestSays) {
  EXPECT_THAT(produce(-1, 10ms), Pair(code::kRequestTimedOut, 0));
  EXPECT_LT(elapsed(), kLag);
}

TEST_F(HighWatermark, IsWaitedForWithABatchThatComesAgain) {
  const TestBatch batch{.producer_id = 7, .producer_epoch = 0, .base_sequence = 0};
  EXPECT_THAT(produce(-1, 10ms, batch), Pair(code::kRequestTimedOut, 0));
  EXPECT_THAT(produce(-1, 1s, batch), Pair(code::kNone, 0));
  EXPECT_GE(elapsed(), kLag);
  EXPECT_EQ(partition_at(0).log.end(), Offset{1});
}

TEST_F(HighWatermark, NeedsEnoughReplicas) {
  cluster_->take_offline(1);
  EXPECT_THAT(produce(-1), Pair(code::kNone, 0));
  cluster_->take_offline(2);
  EXPECT_THAT(produce(-1), Pair(code::kNotEnoughReplicas, -1));
  EXPECT_THAT(produce(1), Pair(code::kNone, 1));
  EXPECT_EQ(partition_at(0).log.end(), Offset{2});
}

TEST_F(HighWatermark, StandsStillUntilThereAreEnoughReplicasAgain) {
  const std::int32_t waiting = send_batch(-1, 60s);
  network_.run_for(kLag / 2);
  cluster_->take_offline(1);
  cluster_->take_offline(2);
  network_.run_for(10 * kLag);
  EXPECT_FALSE(client_->has_answer(waiting));
  EXPECT_EQ(partition_at(0).high_watermark(), Offset{0});
  ASSERT_TRUE(cluster_->bring_online(2).ok());
  EXPECT_THAT(await_batch(waiting), Pair(code::kNone, 0));
}

TEST_F(HighWatermark, IsNotWaitedForWhereAnotherLeads) {
  const std::int32_t waiting = send_batch(-1, 60s);
  network_.run_for(kLag / 2);
  cluster_->move_leader(*topic_, 0, 1);
  EXPECT_EQ(await_batch(waiting).first, code::kNotLeaderOrFollower);
  EXPECT_LT(elapsed(), kLag);
}

TEST_F(HighWatermark, IsNotWaitedForInATopicThatIsNoMore) {
  const std::int32_t waiting = send_batch(-1, 60s);
  network_.run_for(kLag / 2);
  ASSERT_TRUE(cluster_->delete_topic(*topic_).ok());
  EXPECT_EQ(await_batch(waiting).first, code::kUnknownTopicOrPartition);
}

TEST_F(HighWatermark, ParksNothingForWhoHasGone) {
  send_batch(-1, 60s);
  network_.run_for(kLag / 2);
  client_.reset();
  network_.run_for(10 * kLag);
  EXPECT_EQ(partition_at(0).high_watermark(), Offset{1});
  EXPECT_EQ(nodes_[0]->connection_count(), 0u);
}

TEST_F(HighWatermark, IsWhereALogEndsWhoseLeaderDiesBeforeItsFollowersHaveMore) {
  ASSERT_THAT(produce(-1), Pair(code::kNone, 0));
  ASSERT_THAT(produce(1), Pair(code::kNone, 1));
  cluster_->take_offline(0, Cluster::Tail::kLost);
  const auto next = static_cast<std::size_t>(topic_->leaders[0].node);
  EXPECT_EQ(partition_at(next).log.end(), Offset{1});
  turn_to(next);
  EXPECT_THAT(produce(-1), Pair(code::kNone, 1));
  EXPECT_EQ(partition_at(next).epochs().epoch_at(Offset{1}), 1);
}

TEST_F(HighWatermark, IsNotKnownToANewLeaderAtOnce) {
  ASSERT_THAT(produce(-1), Pair(code::kNone, 0));
  ASSERT_THAT(produce(-1), Pair(code::kNone, 1));
  ASSERT_THAT(produce(1), Pair(code::kNone, 2));
  cluster_->move_leader(*topic_, 0, 1);
  turn_to(1);
  EXPECT_EQ(fetch(2, 0ms).high_watermark, 1) << "what it was told with the last round";
  EXPECT_THAT(offset_at(kLatest), Pair(code::kOffsetNotAvailable, -1));
  EXPECT_THAT(offset_at(kLatest, 4), Pair(code::kLeaderNotAvailable, -1));
  EXPECT_THAT(offset_at(kBatchTime), Pair(code::kNone, 0));
  network_.run_for(kLag);
  EXPECT_THAT(offset_at(kLatest), Pair(code::kNone, 3));
}

TEST_F(HighWatermark, IsNotTheEndForSearchesBehindItUntilItIsKnown) {
  ASSERT_THAT(produce(1, 1s, {.first_timestamp = kBatchTime}), Pair(code::kNone, 0));
  cluster_->move_leader(*topic_, 0, 1);
  turn_to(1);
  EXPECT_THAT(offset_at(kBatchTime), Pair(code::kOffsetNotAvailable, -1));
}

TEST(Followers, KeepWhatIsReplicatedWhenTheNextLeaderKnowsLessOfIt) {
  Followers followers;
  followers.reach(Offset{3});
  followers.reach(Offset{5});
  followers.change_leader();
  EXPECT_EQ(followers.high_watermark(), Offset{3});
  EXPECT_EQ(followers.replicated(), Offset{5});
  followers.reach(Offset{4});
  EXPECT_EQ(followers.high_watermark(), Offset{5});
}

TEST_F(HighWatermark, ATransactionHasEndedWhereTheFollowersHaveIt) {
  auto& transactions = cluster_->transactions();
  const ProducerIdentity producer = transactions.init("tx", 60'000, {}).producer;
  ASSERT_THAT(produce_in_transaction(producer), Pair(code::kNone, 0));
  const auto ended = transactions.end("tx", producer, wire::ControlType::kCommit, true);
  EXPECT_EQ(ended.error, code::kNone) << "it is decided";
  EXPECT_EQ(transaction().state, TransactionState::kPrepareCommit);
  EXPECT_EQ(transactions.check_partition("tx", ended.producer, {"t", 0}),
            code::kConcurrentTransactions);
  EXPECT_EQ(partition_at(0).stable_end(), Offset{1}) << "the marker may not be read yet";
  network_.run_for(2 * kLag);
  EXPECT_EQ(transaction().state, TransactionState::kCompleteCommit);
  EXPECT_EQ(partition_at(0).log.end(), Offset{2}) << "it is told once";
  EXPECT_EQ(partition_at(0).stable_end(), Offset{2});
}

TEST_F(HighWatermark, ALeaderWithoutATransactionsEndIsToldAgain) {
  auto& transactions = cluster_->transactions();
  const ProducerIdentity producer = transactions.init("tx", 60'000, {}).producer;
  ASSERT_THAT(produce_in_transaction(producer), Pair(code::kNone, 0));
  network_.run_for(2 * kLag);
  transactions.end("tx", producer, wire::ControlType::kAbort, true);
  cluster_->take_offline(0, Cluster::Tail::kLost);
  const std::size_t leader = topic_->leaders.at(0).node == 1 ? 1 : 2;
  EXPECT_TRUE(partition_at(leader).transactions.is_open(producer.id));
  network_.run_for(5 * kLag);
  EXPECT_EQ(transaction().state, TransactionState::kCompleteAbort);
  EXPECT_FALSE(partition_at(leader).transactions.is_open(producer.id));
  EXPECT_EQ(partition_at(leader).stable_end(), Offset{2});
}

}  // namespace
}  // namespace weir::broker
