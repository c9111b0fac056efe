#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/cluster.h"
#include "broker/node.h"
#include "net/sim_network.h"

namespace weir::sim {

/// The embedded broker as a cluster of several nodes, "node-0:9092" and so on, with the topics
/// "in" and "out". On the simulation's thread.
class SimCluster {
 public:
  /// `narrow`: the largest record batch that the topics take, 0 for the default.
  SimCluster(net::SimNetwork& network, std::uint64_t seed, std::int64_t nodes,
             std::int64_t partitions, std::int64_t narrow = 0);

  broker::Cluster& cluster() { return *cluster_; }
  /// The addresses of all nodes, as clients are given them.
  std::string addresses() const;
  /// Null if there is no such node, and a name of the node's loop if there is.
  static std::string loop_name(std::int64_t node) { return "node-" + std::to_string(node); }

  /// The log of a partition, at the node that leads it.
  const broker::PartitionLog& log(std::string_view topic, std::int32_t partition) const;
  void move_leader(std::int32_t partition, std::int32_t node);

 private:
  std::unique_ptr<broker::Cluster> cluster_;
  std::vector<std::unique_ptr<broker::Node>> nodes_;
};

}  // namespace weir::sim
