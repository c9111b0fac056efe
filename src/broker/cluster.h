#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "broker/data_directory.h"
#include "broker/faults.h"
#include "broker/followers.h"
#include "broker/group_coordinator.h"
#include "broker/id_source.h"
#include "broker/topic_catalog.h"
#include "broker/transaction_coordinator.h"
#include "net/loop.h"
#include "weir/embedded_broker.h"

namespace weir::broker {

class Node;

/// What all nodes of a cluster agree on: who they are, the topics, groups, and the ids given out.
/// Knows nothing of connections and logs. With a data directory, every change is kept there before
/// it is made; one that cannot be fails with KAFKA_STORAGE_ERROR. Outlives its nodes; one thread.
class Cluster final : private TransactionParties {
 public:
  /// `loop` tells the time to the groups.
  Cluster(net::Loop& loop, const BrokerOptions& options);

  /// Takes in what the options' data directory holds, and keeps everything there from now on. Comes
  /// before all else; its nodes recover their logs when they are there. Such a cluster has one
  /// node.
  Result<void> open(Storage& storage, const BrokerOptions& options);
  /// Null where all ends with the process.
  DataDirectory* data() { return data_.get(); }
  /// Where a log started when the process before this one ended; for Node::recover() alone.
  Offset take_log_start(const Topic& topic, std::int32_t partition);

  /// One broker of the cluster, as clients see it.
  struct Member {
    std::int32_t id = 0;
    net::Endpoint endpoint;
    Node* node = nullptr;
    bool online = true;
  };
  /// Takes a node in and returns its number, which is its place in members().
  std::int32_t add(const net::Endpoint& endpoint, Node& node);
  /// All nodes, those that are offline too.
  const std::vector<Member>& members() const { return members_; }
  bool has_member(std::int32_t id) const {
    return 0 <= id && id < static_cast<std::int32_t>(members_.size());
  }
  /// The node that answers for what belongs to the cluster as a whole: the first that is online.
  const Member& controller() const;
  /// The node that coordinates a group, or a transactional id.
  const Member& coordinator_of(std::string_view name) const;

  /// Lets replicas on the other nodes follow each leader, for a simulation, before there are
  /// topics; or changes how they do it. Without, what is appended is replicated at once.
  void let_follow(const FollowerOptions& options) { followers_ = options; }
  const std::optional<FollowerOptions>& followers() const { return followers_; }
  /// So many nodes are online that what is appended can count as replicated.
  bool has_enough_replicas() const;

  /// What becomes of the records that followers may not have, when their leader dies.
  enum class Tail : std::uint8_t { kKept, kLost };
  /// Takes a node out of service, as when it dies: its connections break, and others lead its
  /// partitions from now on with what was in their logs. One node stays online.
  void take_offline(std::int32_t id, Tail tail = Tail::kKept);
  /// Brings a node back, on its port; it leads nothing until told to.
  Result<void> bring_online(std::int32_t id);
  /// Makes a node that is online lead a partition, with all that is in its log; or, as a replica
  /// that was behind, with what lies before `has` only: the rest, which is not replicated, is lost.
  void move_leader(const Topic& topic, std::int32_t partition, std::int32_t to,
                   std::optional<Offset> has = std::nullopt);
  /// Gives every group another coordinator, where there are more nodes than one.
  void move_coordinators();

  const std::string& id() const { return id_; }
  IdSource& ids() { return ids_; }
  const TopicCatalog& topics() const { return topics_; }
  GroupCoordinator& groups() { return groups_; }
  TransactionCoordinator& transactions() { return transactions_; }
  Faults& faults() { return faults_; }
  /// Where the logs' memory comes from, whichever node leads them.
  BufferPool& log_pool() { return log_pool_; }

  /// Creates a topic; a number of partitions of -1 stands for the default.
  Result<const Topic*> create_topic(TopicCatalog::Wish wish);
  Result<void> grow_topic(const Topic& topic, std::int32_t partitions);
  /// Gives a topic other settings; they hold for what comes from now on.
  Result<void> alter_topic(const Topic& topic, TopicSettings settings);
  /// Removes a topic with its records and the offsets committed for it.
  Result<void> delete_topic(const Topic& topic);
  /// Keeps where a partition's log is to start.
  Result<void> save_log_start(const Topic& topic, std::int32_t partition, Offset start);

  /// How far a group has come in a partition.
  struct Commit {
    std::string_view topic;
    std::int32_t partition = 0;
    CommittedOffsets::Entry entry;
  };
  /// Notes all of these; with a producer, for when its transaction is committed.
  Result<void> commit(Group& group, std::vector<Commit> commits,
                      std::optional<std::int64_t> producer_id = std::nullopt);
  struct OffsetName {
    std::string_view topic;
    std::int32_t partition = 0;
  };
  /// Forgets what a group, which is there, has committed for these.
  Result<void> delete_offsets(std::string_view group, std::span<const OffsetName> names);
  /// Removes a group with what it has committed.
  Result<void> delete_group(const Group& group);

  /// An id that no producer had before.
  Result<std::int64_t> next_producer_id() override;

  /// The version of the transaction protocol that clients are told to use, by the finalized feature
  /// transaction.version, and how often it was changed.
  std::int16_t transaction_version() const override { return transaction_version_; }
  std::int64_t features_epoch() const { return features_epoch_; }
  Result<void> set_transaction_version(std::int16_t version);

 private:
  // TransactionParties, in cluster_transactions.cc.
  Result<void> save(const Transaction& transaction) override;
  Result<void> forget(const Transaction& transaction) override;
  bool end_in_partition(const Transaction::Partition& name, ProducerIdentity producer,
                        wire::ControlType how, bool again) override;
  bool end_in_group(const std::string& name, std::int64_t producer_id,
                    wire::ControlType how) override;

  Result<void> save(const std::vector<Journal::Change>& changes);
  void restore(SavedState state);
  std::vector<std::int32_t> online_ids() const;
  void replace_leader(const Member& offline, Tail tail);

  const std::int32_t default_partitions_;
  IdSource ids_;
  std::string id_;
  std::unique_ptr<DataDirectory> data_;
  std::map<std::pair<wire::Uuid, std::int32_t>, Offset> log_starts_;  // until they are taken
  TopicCatalog topics_;
  GroupCoordinator groups_;
  TransactionCoordinator transactions_;
  std::int16_t transaction_version_;
  std::int64_t features_epoch_ = 1;
  Faults faults_;
  BufferPool log_pool_;
  std::vector<Member> members_;
  std::optional<FollowerOptions> followers_;
  std::size_t coordinator_moves_ = 0;
  std::int64_t next_producer_id_ = 1000;
  std::int64_t producer_ids_end_ = 1000;  // ids before it may be given out
};

}  // namespace weir::broker
