#include "broker/cluster.h"

#include <algorithm>
#include <random>

#include "broker/node.h"

namespace weir::broker {

namespace {

constexpr std::size_t kIdleLogBytes = 64 * 1024 * 1024;

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
               options.group_max_session_timeout}),
      log_pool_(kIdleLogBytes) {
  for (const Fault& fault : options.faults) faults_.add(fault);
}

std::int32_t Cluster::add(const net::Endpoint& endpoint, Node& node) {
  const auto id = static_cast<std::int32_t>(members_.size());
  members_.push_back({id, endpoint, &node});
  return id;
}

const Cluster::Member& Cluster::controller() const {
  return members_[static_cast<std::size_t>(online_ids().front())];
}

const Cluster::Member& Cluster::coordinator_of(std::string_view group) const {
  const auto online = online_ids();
  const std::size_t place = std::hash<std::string_view>()(group) + coordinator_moves_;
  return members_[static_cast<std::size_t>(online[place % online.size()])];
}

std::vector<std::int32_t> Cluster::online_ids() const {
  std::vector<std::int32_t> ids;
  for (const Member& member : members_) {
    if (member.online) ids.push_back(member.id);
  }
  return ids;
}

void Cluster::take_offline(std::int32_t id) {
  Member& member = members_.at(static_cast<std::size_t>(id));
  if (!member.online || online_ids().size() == 1) return;
  member.online = false;
  member.node->close();
  replace_leader(id);
  groups_.unload();
}

void Cluster::replace_leader(std::int32_t offline) {
  const auto online = online_ids();
  for (const auto& [name, topic] : topics_.by_name()) {
    for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
      if (topic.leaders[static_cast<std::size_t>(i)].node != offline) continue;
      move_leader(topic, i, online[static_cast<std::size_t>(i) % online.size()]);
    }
  }
}

Result<void> Cluster::bring_online(std::int32_t id) {
  Member& member = members_.at(static_cast<std::size_t>(id));
  if (member.online) return {};
  WEIR_RETURN_IF_ERROR(member.node->listen());
  member.online = true;
  groups_.unload();  // the nodes share the groups among them anew
  return {};
}

void Cluster::move_leader(const Topic& topic, std::int32_t partition, std::int32_t to,
                          std::optional<Offset> has) {
  const std::int32_t from = topic.leaders.at(static_cast<std::size_t>(partition)).node;
  const Member& next = members_.at(static_cast<std::size_t>(to));
  if (from == to || !next.online) return;
  // First the leader, then the log: who is woken by its leaving must find that it has left.
  topics_.set_leader(topic, partition, to);
  Node& before = *members_[static_cast<std::size_t>(from)].node;
  auto log = before.give_up(topic, partition);
  if (has) log->cut(*has);
  next.node->take_over(topic, partition, std::move(log));
}

void Cluster::move_coordinators() {
  ++coordinator_moves_;
  groups_.unload();
}

Result<const Topic*> Cluster::create_topic(TopicCatalog::Wish wish) {
  if (wish.partitions == -1) wish.partitions = default_partitions_;
  return topics_.create(wish, online_ids());
}

Result<void> Cluster::grow_topic(const Topic& topic, std::int32_t partitions) {
  return topics_.grow(topic, partitions, online_ids());
}

void Cluster::alter_topic(const Topic& topic, TopicSettings settings) {
  topics_.set_settings(topic, std::move(settings));
}

void Cluster::delete_topic(const Topic& topic) {
  // First the topic, then its logs: who is woken by the logs' end must not find the topic.
  const Topic removed = topic;
  topics_.remove(topic);
  groups_.forget_topic(removed.name);
  for (const Member& member : members_) member.node->forget(removed);
}

}  // namespace weir::broker
