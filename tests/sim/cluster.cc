#include "cluster.h"

#include <limits>

#include "base/check.h"
#include "base/log.h"
#include "counts.h"

namespace weir::sim {

namespace {

constexpr std::uint16_t kPort = 9092;
constexpr const char* kIn = "in";
constexpr const char* kOut = "out";
constexpr const char* kGroupsLoop = "groups";
constexpr std::int64_t kPowerFails = 2;

}  // namespace

SimCluster::SimCluster(net::SimNetwork& network, const ClusterSetup& setup)
    : network_(network), setup_(setup), last_operation_(std::numeric_limits<int>::max()) {
  WEIR_CHECK(setup.storage == 0 || setup.nodes == 1, "a data directory has one node");
  WEIR_CHECK(start().ok(), "nothing is there yet that could be in the way");
}

broker::BrokerOptions SimCluster::options_of(std::int64_t node) const {
  broker::BrokerOptions options;
  options.host = SimCluster::loop_name(node);
  options.port = kPort;
  options.auto_create_topics = false;
  options.seed = setup_.seed | 1;  // 0 would be chance
  options.transaction_version = static_cast<std::int16_t>(setup_.transaction_version);
  if (setup_.storage > 0) options.data = "data";
  options.sync = setup_.storage == kPowerFails;
  return options;
}

Result<void> SimCluster::start() {
  last_operation_ = std::numeric_limits<int>::max();
  storage_.operations_left.reset();
  cluster_ = std::make_unique<broker::Cluster>(network_.loop(kGroupsLoop), options_of(0));
  if (setup_.storage > 0) WEIR_RETURN_IF_ERROR(cluster_->open(storage_, options_of(0)));
  for (std::int64_t i = 0; i < setup_.nodes; ++i) {
    auto& node = nodes_.emplace_back(
        std::make_unique<broker::Node>(network_.loop(loop_name(i)), *cluster_, options_of(i),
                                       Log(LogLevel::kError, [](LogLevel, std::string_view) {})));
    WEIR_RETURN_IF_ERROR(node->listen());
    WEIR_RETURN_IF_ERROR(node->recover());
  }
  set_lag(setup_.lag_ms);
  WEIR_RETURN_IF_ERROR(create_topics());
  in_ = partitions_of(kIn);
  out_ = partitions_of(kOut);
  return {};
}

Result<void> SimCluster::create_topics() {
  broker::TopicSettings settings;
  if (setup_.narrow > 0) {
    WEIR_RETURN_IF_ERROR(settings.set("max.message.bytes", std::to_string(setup_.narrow)));
  }
  for (const char* topic : {kIn, kOut}) {
    if (cluster_->topics().find(topic) != nullptr) continue;
    WEIR_RETURN_IF_ERROR(
        cluster_->create_topic({.name = topic,
                                .partitions = static_cast<std::int32_t>(setup_.partitions),
                                .settings = settings}));
  }
  if (setup_.counts && cluster_->topics().find(kCounts) == nullptr) {
    WEIR_RETURN_IF_ERROR(
        cluster_->create_topic({.name = kCounts, .partitions = 1, .settings = {}}));
  }
  return {};
}

void SimCluster::die() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    network_.kill(loop_name(static_cast<std::int64_t>(i)));
  }
  network_.kill(kGroupsLoop);
  in_.clear();
  out_.clear();
  nodes_.clear();
  cluster_.reset();
  if (setup_.storage == kPowerFails) storage_.lose_power();
}

void SimCluster::let_storage_fail_after(std::int64_t operations) {
  storage_.operations_left = static_cast<int>(operations);
  storage_.fails_for_good = true;
  last_operation_ = storage_.operations + *storage_.operations_left;
}

std::string SimCluster::addresses() const {
  std::string all;
  for (std::int64_t i = 0; i < setup_.nodes; ++i) {
    all += concat(all.empty() ? "" : ",", loop_name(i), ":", kPort);
  }
  return all;
}

SimCluster::Partitions SimCluster::partitions_of(std::string_view topic) const {
  const broker::Topic* found = cluster_->topics().find(topic);
  Partitions partitions;
  if (found == nullptr) return partitions;
  for (std::int32_t i = 0; i < found->partition_count(); ++i) {
    const auto leader = static_cast<std::size_t>(found->leaders[index(i)].node);
    partitions.push_back(nodes_[leader]->partition(*found, i));
  }
  return partitions;
}

void SimCluster::move_leader(std::int32_t partition, std::int32_t node) {
  for (const char* topic : {kIn, kOut}) {
    cluster_->move_leader(*cluster_->topics().find(topic), partition, node);
  }
}

std::int64_t SimCluster::unreplicated(std::int32_t node) const {
  std::int64_t records = 0;
  for (const auto& [name, topic] : cluster_->topics().by_name()) {
    for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
      if (topic.leaders[index(i)].node != node) continue;
      if (name != kIn && name != kOut) continue;
      const broker::Partition& partition = name == kIn ? in(i) : out(i);
      records += partition.log.end().value - partition.replicated().value;
    }
  }
  return records;
}

void SimCluster::set_lag(std::int64_t lag_ms) {
  if (setup_.lag_ms == 0) return;
  cluster_->let_follow({.lag = std::chrono::milliseconds(lag_ms),
                        .min_in_sync = static_cast<std::int32_t>(setup_.min_in_sync)});
}

}  // namespace weir::sim
