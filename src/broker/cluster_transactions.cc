// How a Cluster's transactions reach its partitions and groups, and its data directory.
#include "broker/cluster.h"
#include "broker/node.h"

namespace weir::broker {

Result<void> Cluster::save(const Transaction& transaction) {
  return data_ ? save(std::vector{saved_transaction(transaction)}) : Result<void>();
}

Result<void> Cluster::forget(const Transaction& transaction) {
  return data_ ? save(std::vector{forgotten_transaction(transaction.id)}) : Result<void>();
}

/// An end counts when the replicas in sync have it: another leader may lack it until then.
bool Cluster::end_in_partition(const Transaction::Partition& name, ProducerIdentity producer,
                               wire::ControlType how, bool again) {
  const Topic* topic = topics_.find(name.first);
  if (topic == nullptr || !topic->has_partition(name.second)) return true;  // it is no more
  const auto leader = topic->leaders[static_cast<std::size_t>(name.second)].node;
  Node& node = *members_.at(static_cast<std::size_t>(leader)).node;
  const auto partition = node.partition(*topic, name.second);
  const bool is_there = partition->has_end_of(producer);
  if (!(again && is_there) && !node.append_end_marker(*topic, *partition, {producer, how}).ok()) {
    return false;
  }
  return partition->producers.end_marker_of(producer.id) < partition->replicated();
}

bool Cluster::end_in_group(const std::string& name, std::int64_t producer_id,
                           wire::ControlType how) {
  Group* group = groups_.find(name);
  if (group == nullptr) return true;
  const CommittedOffsets ended = group->pending().of_producer(producer_id);
  std::vector<Journal::Change> changes;
  for_each_entry(ended, [&](const std::string& topic, std::int32_t partition, const auto& entry) {
    changes.push_back(forgotten_pending_offset(producer_id, name, topic, partition));
    if (how == wire::ControlType::kCommit) {
      changes.push_back(saved_offset({name, topic, partition, entry}));
    }
  });
  if (!save(changes).ok()) return false;
  group->pending().forget(producer_id);
  if (how == wire::ControlType::kAbort) return true;
  for_each_entry(ended, [&](const std::string& topic, std::int32_t partition, const auto& entry) {
    group->offsets().commit(topic, partition, entry);
  });
  return true;
}

Result<void> Cluster::set_transaction_version(std::int16_t version) {
  WEIR_RETURN_IF_ERROR(save({saved_transaction_version(version)}));
  transaction_version_ = version;
  ++features_epoch_;
  return {};
}

}  // namespace weir::broker
