#include "cluster.h"

#include "base/check.h"
#include "base/log.h"

namespace weir::sim {

namespace {

constexpr std::uint16_t kPort = 9092;

broker::BrokerOptions options_of(std::int64_t node, std::uint64_t seed) {
  broker::BrokerOptions options;
  options.host = SimCluster::loop_name(node);
  options.port = kPort;
  options.auto_create_topics = false;
  options.seed = seed | 1;  // 0 would be chance
  return options;
}

}  // namespace

SimCluster::SimCluster(net::SimNetwork& network, std::uint64_t seed, std::int64_t nodes,
                       std::int64_t partitions, std::int64_t narrow) {
  cluster_ = std::make_unique<broker::Cluster>(network.loop("groups"), options_of(0, seed));
  for (std::int64_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<broker::Node>(network.loop(loop_name(i)), *cluster_,
                                                    options_of(i, seed),
                                                    Log(LogLevel::kError, [](LogLevel, auto) {})));
    WEIR_CHECK(nodes_.back()->listen().ok(), "every node has an address of its own");
  }
  broker::TopicSettings settings;
  if (narrow > 0) {
    WEIR_CHECK(settings.set("max.message.bytes", std::to_string(narrow)).ok(), "a number will do");
  }
  for (const char* topic : {"in", "out"}) {
    const auto created = cluster_->create_topic(
        {.name = topic, .partitions = static_cast<std::int32_t>(partitions), .settings = settings});
    WEIR_CHECK(created.ok(), "nothing is wrong with these topics");
  }
}

std::string SimCluster::addresses() const {
  std::string all;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    all += concat(all.empty() ? "" : ",", loop_name(static_cast<std::int64_t>(i)), ":", kPort);
  }
  return all;
}

const broker::PartitionLog& SimCluster::log(std::string_view topic, std::int32_t partition) const {
  const broker::Topic* found = cluster_->topics().find(topic);
  const auto leader =
      static_cast<std::size_t>(found->leaders.at(static_cast<std::size_t>(partition)).node);
  return nodes_[leader]->partition(*found, partition)->log;
}

void SimCluster::move_leader(std::int32_t partition, std::int32_t node) {
  for (const char* topic : {"in", "out"}) {
    cluster_->move_leader(*cluster_->topics().find(topic), partition, node);
  }
}

}  // namespace weir::sim
