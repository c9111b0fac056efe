#include "broker/cluster.h"

#include <algorithm>
#include <random>

#include "broker/node.h"

namespace weir::broker {

namespace {

std::uint64_t seed_of(const BrokerOptions& options) {
  if (options.seed != 0) return options.seed;
  std::random_device chance;
  return std::uint64_t{chance()} << 32 | chance();
}

}  // namespace

Cluster::Cluster(net::Loop& loop, const BrokerOptions& options)
    : default_partitions_(options.default_partitions),
      ids_(seed_of(options)),
      id_(to_base64(ids_.next_uuid())),
      topics_(ids_),
      groups_(loop, ids_,
              {options.group_initial_rebalance_delay, options.group_min_session_timeout,
               options.group_max_session_timeout}) {}

void Cluster::add(const net::Endpoint& endpoint, Node& node) {
  members_.push_back({static_cast<std::int32_t>(members_.size()), endpoint, &node});
}

const Cluster::Member& Cluster::coordinator_of(std::string_view group) const {
  return members_[std::hash<std::string_view>()(group) % members_.size()];
}

std::vector<std::int32_t> Cluster::member_ids() const {
  std::vector<std::int32_t> ids;
  for (const Member& member : members_) ids.push_back(member.id);
  return ids;
}

Result<const Topic*> Cluster::create_topic(TopicCatalog::Wish wish) {
  if (wish.partitions == -1) wish.partitions = default_partitions_;
  return topics_.create(wish, member_ids());
}

Result<void> Cluster::grow_topic(const Topic& topic, std::int32_t partitions) {
  return topics_.grow(topic, partitions, member_ids());
}

void Cluster::delete_topic(const Topic& topic) {
  // First the topic, then its logs: who is woken by the logs' end must not find the topic.
  const Topic removed = topic;
  topics_.remove(topic);
  groups_.forget_topic(removed.name);
  for (const Member& member : members_) member.node->forget(removed);
}

}  // namespace weir::broker
