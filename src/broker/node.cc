#include "broker/node.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "wire/error_codes.h"
#include "wire/record_batch_builder.h"

namespace weir::broker {

namespace {

constexpr std::size_t kIdleReceiveBytes = 16 * 1024 * 1024;

}  // namespace

Node::Node(net::Loop& loop, Cluster& cluster, const BrokerOptions& options, Log log)
    : loop_(loop),
      cluster_(cluster),
      options_(options),
      log_(std::move(log)),
      port_(options.port),
      receive_pool_(kIdleReceiveBytes) {}

Node::~Node() {
  *alive_ = false;
  listener_.reset();
  // Connections hold what waits on partitions: they go first, and while the members are there.
  connections_.clear();
  removed_connections_.clear();
}

Result<void> Node::listen() {
  WEIR_ASSIGN_OR_RETURN(listener_, loop_.listen({options_.host, port_}, *this));
  port_ = listener_->port();
  if (!id_) id_ = cluster_.add({options_.host, port_}, *this);
  return {};
}

void Node::close() {
  Event event(*this);
  listener_.reset();
  for (auto& [number, connection] : std::exchange(connections_, {})) {
    connection->abandon();
    removed_connections_.push_back(std::move(connection));
  }
}

std::shared_ptr<Partition> Node::partition(const Topic& topic, std::int32_t index) {
  if (!topic.has_partition(index)) return nullptr;
  const Leader& leader = topic.leaders[static_cast<std::size_t>(index)];
  if (leader.node != id_) return nullptr;
  auto& partition = partitions_[topic.id][index];
  if (partition) return partition;
  partition = new_partition(topic, index);
  partition->lead(leader.epoch);
  return partition;
}

std::shared_ptr<Partition> Node::known_partition(const Topic& topic, std::int32_t index) const {
  const auto partitions = partitions_.find(topic.id);
  if (partitions == partitions_.end()) return nullptr;
  const auto found = partitions->second.find(index);
  return found == partitions->second.end() ? nullptr : found->second;
}

std::shared_ptr<Partition> Node::new_partition(const Topic& topic, std::int32_t index) const {
  DataDirectory* data = cluster_.data();
  auto partition = std::make_shared<Partition>(cluster_.log_pool(),
                                               data ? data->files_of(topic.id, index) : nullptr);
  if (cluster_.followers()) partition->followers.emplace();
  partition->log.set_rolling(rolling_of(topic.settings));
  return partition;
}

Result<void> Node::recover() {
  DataDirectory* data = cluster_.data();
  if (data == nullptr) return {};
  WEIR_ASSIGN_OR_RETURN(auto directories, data->partition_directories());
  for (const auto& [name, topic] : cluster_.topics().by_name()) {
    for (std::int32_t index = 0; index < topic.partition_count(); ++index) {
      const Offset start = cluster_.take_log_start(topic, index);
      const bool has_files = directories.erase(DataDirectory::directory_of(topic.id, index)) > 0;
      if (!has_files && start == Offset()) continue;
      auto recovered = recover(topic, index, start);
      if (recovered.ok()) continue;
      return std::move(recovered).error().with_context(concat("partition ", name, "-", index));
    }
  }
  // Their deletion was cut off.
  for (const std::string& unknown : directories) WEIR_RETURN_IF_ERROR(data->remove(unknown));
  cluster_.transactions().resume();
  return {};
}

Result<void> Node::recover(const Topic& topic, std::int32_t index, Offset start) {
  auto partition = new_partition(topic, index);
  const std::uint64_t enough = topic.settings.deletes() ? to_uint(options_.memory_bytes)
                                                        : std::numeric_limits<std::uint64_t>::max();
  WEIR_RETURN_IF_ERROR(partition->recover(start, enough));
  partition->lead(topic.leaders[static_cast<std::size_t>(index)].epoch);
  log_bytes_ += partition->log.bytes();
  partitions_[topic.id][index] = partition;
  enforce_limits(topic, *partition);
  drop_later(topic.settings);
  return {};
}

std::shared_ptr<Partition> Node::give_up(const Topic& topic, std::int32_t index) {
  Event event(*this);
  auto given = partitions_[topic.id].extract(index);
  if (given.empty()) return new_partition(topic, index);
  log_bytes_ -= given.mapped()->log.bytes();
  given.mapped()->round.reset();
  given.mapped()->tell_watchers();
  return std::move(given.mapped());
}

void Node::take_over(const Topic& topic, std::int32_t index, std::shared_ptr<Partition> partition) {
  partition->lead(topic.leaders[static_cast<std::size_t>(index)].epoch);
  if (partition->followers) partition->followers->change_leader();
  log_bytes_ += partition->log.bytes();
  begin_round(*partition);
  partitions_[topic.id][index] = std::move(partition);
  drop_later(topic.settings);
}

// Followers fetch in rounds: each brings what was there when it began.
void Node::begin_round(Partition& partition) {
  if (!partition.followers || partition.round) return;
  const Offset end = partition.log.end();
  if (partition.high_watermark() == end) return;
  partition.round = loop_.call_after(cluster_.followers()->lag, [this, &partition, end] {
    Event event(*this);
    end_round(partition, end);
  });
}

void Node::end_round(Partition& partition, Offset end) {
  partition.round.reset();
  if (!cluster_.has_enough_replicas()) return;  // goes on when another node is there
  partition.followers->reach(end);
  partition.tell_watchers();
  begin_round(partition);
}

void Node::begin_rounds() {
  for (auto& [topic, partitions] : partitions_) {
    for (auto& [index, partition] : partitions) begin_round(*partition);
  }
}

Result<Offset> Node::append(const Topic& topic, Partition& partition,
                            const wire::RecordBatchView& batch) {
  WEIR_RETURN_IF_ERROR(check_room(topic, batch.header));
  const std::size_t bytes_before = partition.log.bytes();
  auto base = partition.log.append(batch, partition.leader_epoch);
  log_bytes_ += partition.log.bytes() - bytes_before;
  if (!base.ok()) return cannot_write(std::move(base).error());
  cannot_write_ = false;
  partition.note(batch, *base);
  partition.tell_watchers();
  begin_round(partition);
  if (partition.log.bytes() != bytes_before) enforce_limits(topic, partition);
  drop_later(topic.settings);
  return base;
}

Result<void> Node::append_end_marker(const Topic& topic, Partition& partition,
                                     const TransactionEnd& end) {
  Event event(*this);
  BufferPool pool(0);
  Buffer marker =
      wire::build_end_marker(end.how, loop_.clock().wall().millis, pool, end.coordinator_epoch);
  wire::stamp(marker, end.producer.id, end.producer.epoch, -1);
  const auto batch = wire::RecordBatchCursor(marker.view()).next().value().value();
  WEIR_RETURN_IF_ERROR(append(topic, partition, batch));
  return {};
}

Error Node::cannot_write(Error error) {
  if (!cannot_write_) {
    log_.error(concat("records are refused until they can be written again: ", error.message()));
  }
  cannot_write_ = true;
  return std::move(error).with_kafka_code(wire::kafka_code::kKafkaStorageError);
}

Result<void> Node::delete_records(const Topic& topic, std::int32_t index, Partition& partition,
                                  Offset before) {
  if (before <= partition.log.start()) return {};
  WEIR_RETURN_IF_ERROR(cluster_.save_log_start(topic, index, before));
  const std::size_t bytes_before = partition.log.bytes();
  warn_of_what_stays(partition.log.advance_start(before));
  log_bytes_ -= bytes_before - partition.log.bytes();
  return {};
}

void Node::forget(const Topic& topic) {
  Event event(*this);
  auto dropped = partitions_.extract(topic.id);
  if (dropped.empty()) return;
  for (auto& [index, partition] : dropped.mapped()) {
    log_bytes_ -= partition->log.bytes();
    partition->tell_watchers();
    remove_files(topic, index);
  }
}

void Node::remove_files(const Topic& topic, std::int32_t index) const {
  if (cluster_.data() == nullptr) return;
  const auto removed = cluster_.data()->remove(DataDirectory::directory_of(topic.id, index));
  if (removed.ok()) return;
  log_.warning(concat("records of a deleted topic are removed when the broker starts again: ",
                      removed.error().message()));
}

void Node::resume_soon(std::weak_ptr<Resumable> waiting) {
  // Woken by something that is not this node's event, such as a group's timer.
  if (open_events_ == 0) return resume_later(std::move(waiting));
  woken_.push_back(std::move(waiting));
}

void Node::resume_later(std::weak_ptr<Resumable> waiting) {
  loop_.post([this, alive = alive_, waiting = std::move(waiting)] {
    if (!*alive) return;
    Event event(*this);
    woken_.push_back(waiting);
  });
}

Node::Event::~Event() {
  if (node_.open_events_ == 1) node_.settle();
  --node_.open_events_;
}

void Node::settle() {
  while (!woken_.empty()) {
    const auto now = std::exchange(woken_, {});
    for (const auto& waiting : now) {
      if (const auto resumable = waiting.lock()) resumable->resume();
    }
  }
  removed_connections_.clear();
}

void Node::on_accept(
    const std::function<std::unique_ptr<net::Socket>(net::SocketHandler&)>& adopt) {
  if (connections_.size() >= options_.max_connections) {
    log_.warning(concat("refused a client: there are ", connections_.size(),
                        " connections, as many as max_connections allows"));
    return;
  }
  auto connection = std::make_shared<Connection>(*this, ++last_connection_);
  connection->set_socket(adopt(*connection));
  connections_.emplace(connection->number(), std::move(connection));
}

void Node::remove(Connection& connection) {
  const auto found = connections_.find(connection.number());
  if (found == connections_.end()) return;
  removed_connections_.push_back(std::move(found->second));
  connections_.erase(found);
}

}  // namespace weir::broker
