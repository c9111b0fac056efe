#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/group_coordinator.h"
#include "broker/id_source.h"
#include "broker/topic_catalog.h"
#include "net/loop.h"
#include "weir/embedded_broker.h"

namespace weir::broker {

class Node;

/// What all nodes of a cluster agree on: who they are, the topics, and the ids given out. Knows
/// nothing of connections and logs. Outlives its nodes; one thread.
class Cluster {
 public:
  /// `loop` tells the time to the groups.
  Cluster(net::Loop& loop, const BrokerOptions& options);

  /// One broker of the cluster, as clients see it.
  struct Member {
    std::int32_t id = 0;
    net::Endpoint endpoint;
    Node* node = nullptr;
  };
  /// Takes a node in; its number is its place in members().
  void add(const net::Endpoint& endpoint, Node& node);
  const std::vector<Member>& members() const { return members_; }
  /// The node that answers for what belongs to the cluster as a whole.
  const Member& controller() const { return members_.front(); }
  /// The node that coordinates a group.
  const Member& coordinator_of(std::string_view group) const;

  const std::string& id() const { return id_; }
  IdSource& ids() { return ids_; }
  const TopicCatalog& topics() const { return topics_; }
  GroupCoordinator& groups() { return groups_; }

  /// Creates a topic; a number of partitions of -1 stands for the default.
  Result<const Topic*> create_topic(TopicCatalog::Wish wish);
  Result<void> grow_topic(const Topic& topic, std::int32_t partitions);
  /// Removes a topic with its records and the offsets committed for it.
  void delete_topic(const Topic& topic);

  /// An id that no producer had before.
  std::int64_t next_producer_id() { return next_producer_id_++; }

 private:
  std::vector<std::int32_t> member_ids() const;

  const std::int32_t default_partitions_;
  IdSource ids_;
  const std::string id_;
  TopicCatalog topics_;
  GroupCoordinator groups_;
  std::vector<Member> members_;
  std::int64_t next_producer_id_ = 1000;
};

}  // namespace weir::broker
