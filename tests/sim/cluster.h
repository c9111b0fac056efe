#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/cluster.h"
#include "broker/node.h"
#include "broker/testing/memory_storage.h"
#include "net/sim_network.h"

namespace weir::sim {

/// How a SimCluster is made; the settings of a Script.
struct ClusterSetup {
  std::uint64_t seed = 1;
  std::int64_t nodes = 1;
  std::int64_t partitions = 1;
  std::int64_t narrow = 0;  ///< the largest record batch that the topics take, 0 for the default
  std::int64_t lag_ms = 0;  ///< 0: there are no followers
  std::int64_t min_in_sync = 1;
  std::int64_t storage = 0;
  std::int64_t transaction_version = 2;
  bool counts = false;  ///< there is a topic "counts", of one partition
};

/// The embedded broker as a cluster of several nodes, "node-0:9092" and so on, with the topics
/// "in" and "out". On the simulation's thread.
class SimCluster {
 public:
  SimCluster(net::SimNetwork& network, const ClusterSetup& setup);

  /// Comes only while it is up.
  broker::Cluster& cluster() { return *cluster_; }
  /// The addresses of all nodes, as clients are given them.
  std::string addresses() const;
  static std::string loop_name(std::int64_t node) { return "node-" + std::to_string(node); }

  /// A partition of "in" or "out", whichever node leads it.
  const broker::Partition& in(std::int32_t partition) const { return *in_.at(index(partition)); }
  const broker::Partition& out(std::int32_t partition) const { return *out_.at(index(partition)); }
  using Partitions = std::vector<std::shared_ptr<const broker::Partition>>;
  /// Those of any topic; none where it is not there. They keep their place in memory when others
  /// lead them.
  Partitions partitions_of(std::string_view topic) const;
  void move_leader(std::int32_t partition, std::int32_t node);
  /// How many records of the partitions that a node leads are not replicated.
  std::int64_t unreplicated(std::int32_t node) const;
  /// The replicas that follow, if there are any, lag behind like this from now on.
  void set_lag(std::int64_t lag_ms);

  // One node with a storage can die as a whole.

  bool is_up() const { return cluster_ != nullptr; }
  /// It ends here, with all that its storage does not keep.
  void die();
  /// Starts again on its storage.
  Result<void> start();
  /// The storage fails with the operation that follows after so many; then it is time to die.
  void let_storage_fail_after(std::int64_t operations);
  bool storage_has_failed() const { return storage_.operations > last_operation_; }

 private:
  broker::BrokerOptions options_of(std::int64_t node) const;
  Result<void> create_topics();
  static std::size_t index(std::int32_t partition) { return static_cast<std::size_t>(partition); }

  net::SimNetwork& network_;
  const ClusterSetup setup_;
  broker::MemoryStorage storage_;
  int last_operation_;
  std::unique_ptr<broker::Cluster> cluster_;
  std::vector<std::unique_ptr<broker::Node>> nodes_;
  Partitions in_;
  Partitions out_;
};

}  // namespace weir::sim
