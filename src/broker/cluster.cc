#include "broker/cluster.h"

#include <algorithm>
#include <random>

#include "base/check.h"
#include "broker/node.h"

namespace weir::broker {

namespace {

constexpr std::size_t kIdleLogBytes = 64 * 1024 * 1024;
constexpr std::int64_t kProducerIdBlock = 1000;  // as in Kafka
// Apache Kafka 4.4 does so for a node alone: its partitions lose their leader and get it back.
constexpr std::int32_t kEpochsOfARestart = 2;

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
      transactions_(loop, *this),
      transaction_version_(options.transaction_version),
      log_pool_(kIdleLogBytes) {
  for (const Fault& fault : options.faults) faults_.add(fault);
}

Result<void> Cluster::open(Storage& storage, const BrokerOptions& options) {
  WEIR_ASSIGN_OR_RETURN(data_, DataDirectory::open(storage, options.data, options.sync));
  SavedState state = data_->take_state();
  std::vector<Journal::Change> changes = {saved_starts(state.starts + 1)};
  for (Topic& topic : state.topics) {
    for (Leader& leader : topic.leaders) leader.epoch += kEpochsOfARestart;
    changes.push_back(saved_topic(topic));
  }
  // The seed alone would give ids again that were given out before.
  ids_ = IdSource(seed_of(options) + state.starts + 1);
  if (state.cluster_id.empty()) {
    changes.push_back(saved_cluster_id(id_));
  } else {
    id_ = state.cluster_id;
  }
  WEIR_RETURN_IF_ERROR(save(changes));
  restore(std::move(state));
  return {};
}

void Cluster::restore(SavedState state) {
  producer_ids_end_ = std::max(producer_ids_end_, state.producer_ids_end);
  next_producer_id_ = producer_ids_end_;
  for (Topic& topic : state.topics) topics_.restore(std::move(topic));
  log_starts_ = std::move(state.log_starts);
  for (SavedOffset& saved : state.offsets) {
    Group* group = groups_.find_or_create(saved.group);
    WEIR_CHECK(group != nullptr, "there were no more groups when these were saved");
    group->offsets().commit(saved.topic, saved.partition, std::move(saved.entry));
  }
  for (auto& [producer_id, saved] : state.pending_offsets) {
    Group* group = groups_.find_or_create(saved.group);
    WEIR_CHECK(group != nullptr, "there were no more groups when these were saved");
    group->pending().of(producer_id).commit(saved.topic, saved.partition, std::move(saved.entry));
  }
  for (Transaction& transaction : state.transactions) transactions_.restore(std::move(transaction));
  if (state.transaction_version) transaction_version_ = *state.transaction_version;
}

Offset Cluster::take_log_start(const Topic& topic, std::int32_t partition) {
  const auto found = log_starts_.extract({topic.id, partition});
  return found.empty() ? Offset() : found.mapped();
}

std::int32_t Cluster::add(const net::Endpoint& endpoint, Node& node) {
  const auto id = static_cast<std::int32_t>(members_.size());
  members_.push_back({id, endpoint, &node});
  return id;
}

const Cluster::Member& Cluster::controller() const {
  return members_[static_cast<std::size_t>(online_ids().front())];
}

const Cluster::Member& Cluster::coordinator_of(std::string_view name) const {
  const auto online = online_ids();
  const std::size_t place = std::hash<std::string_view>()(name) + coordinator_moves_;
  return members_[static_cast<std::size_t>(online[place % online.size()])];
}

std::vector<std::int32_t> Cluster::online_ids() const {
  std::vector<std::int32_t> ids;
  for (const Member& member : members_) {
    if (member.online) ids.push_back(member.id);
  }
  return ids;
}

bool Cluster::has_enough_replicas() const {
  if (!followers_) return true;
  const auto online = std::count_if(members_.begin(), members_.end(),
                                    [](const Member& member) { return member.online; });
  return online >= followers_->min_in_sync;
}

void Cluster::take_offline(std::int32_t id, Tail tail) {
  Member& member = members_.at(static_cast<std::size_t>(id));
  if (!member.online || online_ids().size() == 1) return;
  member.online = false;
  member.node->close();
  replace_leader(member, tail);
  groups_.unload();
}

void Cluster::replace_leader(const Member& offline, Tail tail) {
  const auto online = online_ids();
  for (const auto& [name, topic] : topics_.by_name()) {
    for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
      const auto partition = offline.node->partition(topic, i);
      if (!partition) continue;
      const Offset has = tail == Tail::kLost ? partition->replicated() : partition->log.end();
      move_leader(topic, i, online[static_cast<std::size_t>(i) % online.size()], has);
    }
  }
}

Result<void> Cluster::bring_online(std::int32_t id) {
  Member& member = members_.at(static_cast<std::size_t>(id));
  if (member.online) return {};
  WEIR_RETURN_IF_ERROR(member.node->listen());
  member.online = true;
  groups_.unload();  // the nodes share the groups among them anew
  for (const Member& leader : members_) leader.node->begin_rounds();
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
  if (has) {
    WEIR_CHECK(!log->followers || *has >= log->replicated(),
               "replicas in sync have what is replicated");
    log->cut(*has);
  }
  next.node->take_over(topic, partition, std::move(log));
}

void Cluster::move_coordinators() {
  ++coordinator_moves_;
  groups_.unload();
}

Result<const Topic*> Cluster::create_topic(TopicCatalog::Wish wish) {
  if (wish.partitions == -1) wish.partitions = default_partitions_;
  WEIR_ASSIGN_OR_RETURN(const Topic* topic, topics_.create(wish, online_ids()));
  auto saved = save({saved_topic(*topic)});
  if (saved.ok()) return topic;
  topics_.remove(*topic);
  return std::move(saved).error();
}

Result<void> Cluster::grow_topic(const Topic& topic, std::int32_t partitions) {
  WEIR_RETURN_IF_ERROR(topics_.check_growth(topic, partitions));
  Topic grown = topic;
  grown.leaders.resize(static_cast<std::size_t>(partitions));
  WEIR_RETURN_IF_ERROR(save({saved_topic(grown)}));
  return topics_.grow(topic, partitions, online_ids());
}

Result<void> Cluster::alter_topic(const Topic& topic, TopicSettings settings) {
  Topic altered = topic;
  altered.settings = settings;
  WEIR_RETURN_IF_ERROR(save({saved_topic(altered)}));
  topics_.set_settings(topic, std::move(settings));
  for (const Member& member : members_) member.node->heed_limits(topic);
  return {};
}

Result<void> Cluster::delete_topic(const Topic& topic) {
  std::vector<Journal::Change> changes = {forgotten_topic(topic.name)};
  for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
    changes.push_back(forgotten_log_start(topic.id, i));
  }
  for (const auto& [name, group] : groups_.by_name()) {
    for (const auto& [partition, entry] : group->offsets().of_topic(topic.name)) {
      changes.push_back(forgotten_offset(name, topic.name, partition));
    }
    for (const auto& [producer_id, offsets] : group->pending().by_producer()) {
      for (const auto& [partition, entry] : offsets.of_topic(topic.name)) {
        changes.push_back(forgotten_pending_offset(producer_id, name, topic.name, partition));
      }
    }
  }
  WEIR_RETURN_IF_ERROR(save(changes));
  // First the topic, then its logs: who is woken by the logs' end must not find the topic.
  const Topic removed = topic;
  topics_.remove(topic);
  groups_.forget_topic(removed.name);
  for (const Member& member : members_) member.node->forget(removed);
  return {};
}

Result<void> Cluster::save_log_start(const Topic& topic, std::int32_t partition, Offset start) {
  return save({saved_log_start(topic.id, partition, start)});
}

Result<void> Cluster::commit(Group& group, std::vector<Commit> commits,
                             std::optional<std::int64_t> producer_id) {
  if (data_) {
    std::vector<Journal::Change> changes;
    changes.reserve(commits.size());
    for (const Commit& commit : commits) {
      const SavedOffset offset{group.name(), std::string(commit.topic), commit.partition,
                               commit.entry};
      changes.push_back(producer_id ? saved_pending_offset(*producer_id, offset)
                                    : saved_offset(offset));
    }
    WEIR_RETURN_IF_ERROR(save(changes));
  }
  CommittedOffsets& offsets = producer_id ? group.pending().of(*producer_id) : group.offsets();
  for (Commit& commit : commits) {
    offsets.commit(commit.topic, commit.partition, std::move(commit.entry));
  }
  return {};
}

Result<void> Cluster::delete_offsets(std::string_view group, std::span<const OffsetName> names) {
  std::vector<Journal::Change> changes;
  changes.reserve(names.size());
  for (const OffsetName& name : names) {
    changes.push_back(forgotten_offset(group, name.topic, name.partition));
  }
  WEIR_RETURN_IF_ERROR(save(changes));
  CommittedOffsets& offsets = groups_.find(group)->offsets();
  for (const OffsetName& name : names) offsets.forget(name.topic, name.partition);
  return {};
}

Result<void> Cluster::delete_group(const Group& group) {
  std::vector<Journal::Change> changes;
  for_each_entry(group.offsets(), [&](const auto& topic, std::int32_t partition, const auto&) {
    changes.push_back(forgotten_offset(group.name(), topic, partition));
  });
  for (const auto& [producer_id, offsets] : group.pending().by_producer()) {
    for_each_entry(offsets, [&, id = producer_id](const auto& topic, auto partition, const auto&) {
      changes.push_back(forgotten_pending_offset(id, group.name(), topic, partition));
    });
  }
  WEIR_RETURN_IF_ERROR(save(changes));
  groups_.remove(std::string(group.name()));
  return {};
}

// Each id on its own would be a write; those that are left when the process ends are never used.
Result<std::int64_t> Cluster::next_producer_id() {
  if (next_producer_id_ == producer_ids_end_) {
    WEIR_RETURN_IF_ERROR(save({saved_producer_ids_end(producer_ids_end_ + kProducerIdBlock)}));
    producer_ids_end_ += kProducerIdBlock;
  }
  return next_producer_id_++;
}

Result<void> Cluster::save(const std::vector<Journal::Change>& changes) {
  return data_ ? data_->save(changes) : Result<void>();
}

}  // namespace weir::broker
