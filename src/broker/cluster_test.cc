#include "broker/cluster.h"

#include <gmock/gmock.h>

#include <memory>

#include "broker/node.h"
#include "broker/testing/test_batch.h"
#include "net/sim_network.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;

/// Three nodes, each on a loop of its own, and a topic of three partitions.
class ClusterTest : public testing::Test {
 protected:
  ClusterTest() {
    for (int i = 0; i < 3; ++i) add_node(concat("node-", i));
    topic_ = cluster_->create_topic({.name = "t", .partitions = 3, .settings = {}}).value();
  }

  void add_node(const std::string& host) {
    BrokerOptions options;
    options.host = host;
    options.port = 9092;
    options.seed = 1;
    if (!cluster_) cluster_ = std::make_unique<Cluster>(network_.loop("node-0"), options);
    nodes_.push_back(std::make_unique<Node>(network_.loop(host), *cluster_, options, Log()));
    ASSERT_TRUE(nodes_.back()->listen().ok());
  }
  std::shared_ptr<Partition> partition_at(std::size_t node, std::int32_t index) {
    return nodes_[node]->partition(*topic_, index);
  }
  void append(std::size_t node, std::int32_t index) {
    const std::string bytes = encode(TestBatch{});
    wire::RecordBatchCursor cursor(bytes);
    ASSERT_TRUE(
        nodes_[node]->append(*topic_, *partition_at(node, index), *cursor.next().value()).ok());
  }

  net::SimNetwork network_{1};
  std::unique_ptr<Cluster> cluster_;
  std::vector<std::unique_ptr<Node>> nodes_;
  const Topic* topic_ = nullptr;
};

TEST_F(ClusterTest, LetsNodesLeadInTurn) {
  EXPECT_THAT(topic_->leaders, ElementsAre(Leader{0, 0}, Leader{1, 0}, Leader{2, 0}));
  EXPECT_NE(partition_at(1, 1), nullptr);
  EXPECT_EQ(partition_at(0, 1), nullptr);
}

TEST_F(ClusterTest, HandsTheLogToTheNextLeader) {
  append(1, 1);
  const Offset end = partition_at(1, 1)->log.end();
  cluster_->move_leader(*topic_, 1, 2);
  EXPECT_EQ(topic_->leaders[1], (Leader{2, 1}));
  EXPECT_EQ(partition_at(1, 1), nullptr);
  EXPECT_EQ(partition_at(2, 1)->log.end(), end);
  EXPECT_EQ(partition_at(2, 1)->leader_epoch, 1);
}

TEST_F(ClusterTest, LosesWhatTheNextLeaderDidNotHave) {
  append(1, 1);
  append(1, 1);
  cluster_->move_leader(*topic_, 1, 2, Offset{1});
  append(2, 1);
  const auto partition = partition_at(2, 1);
  EXPECT_EQ(partition->log.end(), Offset{2});
  EXPECT_EQ(partition->epochs().end_of(0, partition->log.end()).offset, Offset{1});
  EXPECT_EQ(partition->epochs().epoch_at(Offset{1}), 1);
}

TEST_F(ClusterTest, LeavesALeaderThatStaysInItsEpoch) {
  cluster_->move_leader(*topic_, 1, 1);
  EXPECT_EQ(topic_->leaders[1], (Leader{1, 0}));
}

TEST_F(ClusterTest, ReplacesANodeThatIsOffline) {
  append(1, 1);
  cluster_->take_offline(1);
  EXPECT_EQ(topic_->leaders[1].epoch, 1);
  const auto next = static_cast<std::size_t>(topic_->leaders[1].node);
  EXPECT_NE(next, 1u);
  EXPECT_EQ(partition_at(next, 1)->log.end(), Offset{1});
  ASSERT_TRUE(cluster_->bring_online(1).ok());
  EXPECT_EQ(partition_at(1, 1), nullptr);
  cluster_->move_leader(*topic_, 1, 1);
  EXPECT_EQ(partition_at(1, 1)->leader_epoch, 2);
}

TEST_F(ClusterTest, KeepsItsLastNodeOnline) {
  cluster_->take_offline(0);
  cluster_->take_offline(1);
  cluster_->take_offline(2);
  EXPECT_TRUE(cluster_->members()[2].online);
  EXPECT_EQ(cluster_->controller().id, 2);
  EXPECT_EQ(cluster_->coordinator_of("g").id, 2);
}

TEST_F(ClusterTest, GivesGroupsAnotherCoordinator) {
  const std::int32_t before = cluster_->coordinator_of("g").id;
  cluster_->move_coordinators();
  EXPECT_NE(cluster_->coordinator_of("g").id, before);
}

/// A topic of one partition whose records go after ten seconds.
class ExpiryTest : public ClusterTest {
 protected:
  ExpiryTest() {
    TopicSettings settings;
    EXPECT_TRUE(settings.set("retention.ms", "10000").ok());
    topic_ =
        cluster_->create_topic({.name = "short", .partitions = 1, .settings = settings}).value();
  }
  void append_now(const std::string& value) {
    const std::int64_t now = network_.clock().wall().millis;
    const std::string bytes = encode({.values = {value}, .first_timestamp = now});
    ASSERT_TRUE(nodes_[0]->append(*topic_, *partition_at(0, 0), view_of(bytes)).ok());
  }
  Offset start() { return partition_at(0, 0)->log.start(); }
};

TEST_F(ExpiryTest, DropsRecordsThatAreOldByChunks) {
  append_now(std::string(60'000, 'x'));
  network_.run_for(std::chrono::seconds(6));
  append_now(std::string(60'000, 'x'));
  network_.run_for(std::chrono::seconds(3));
  EXPECT_EQ(start(), Offset{0});
  network_.run_for(std::chrono::seconds(3));
  EXPECT_EQ(start(), Offset{1});
  network_.run_for(std::chrono::seconds(6));
  EXPECT_EQ(start(), Offset{2});
  EXPECT_EQ(partition_at(0, 0)->log.bytes(), 0u);
  append_now("y");
  EXPECT_EQ(partition_at(0, 0)->log.end(), Offset{3});
}

TEST_F(ExpiryTest, KeepsRecordsWithoutATime) {
  const std::string bytes = encode({.first_timestamp = -1});
  ASSERT_TRUE(nodes_[0]->append(*topic_, *partition_at(0, 0), view_of(bytes)).ok());
  network_.run_for(std::chrono::seconds(30));
  EXPECT_EQ(start(), Offset{0});
}

TEST_F(ExpiryTest, HeedsASettingThatComesLater) {
  TopicSettings settings;
  ASSERT_TRUE(cluster_->alter_topic(*topic_, settings).ok());
  append_now("a");
  network_.run_for(std::chrono::seconds(60));
  EXPECT_EQ(start(), Offset{0});
  ASSERT_TRUE(settings.set("retention.ms", "1000").ok());
  ASSERT_TRUE(cluster_->alter_topic(*topic_, settings).ok());
  network_.run_for(std::chrono::seconds(2));
  EXPECT_EQ(start(), Offset{1});
}

TEST_F(ExpiryTest, LowersTheSizeOfALogAtOnce) {
  for (int i = 0; i < 4; ++i) append_now(std::string(60'000, 'x'));
  TopicSettings settings;
  ASSERT_TRUE(settings.set("retention.bytes", "1000").ok());
  ASSERT_TRUE(cluster_->alter_topic(*topic_, settings).ok());
  EXPECT_GT(start(), Offset{0});
}

}  // namespace
}  // namespace weir::broker
