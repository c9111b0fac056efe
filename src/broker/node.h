#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "base/log.h"
#include "broker/cluster.h"
#include "broker/compactor.h"
#include "broker/connection.h"
#include "broker/partition.h"
#include "broker/resumable.h"
#include "net/loop.h"
#include "weir/embedded_broker.h"

namespace weir::broker {

/// One broker of a cluster: its connections and the logs of the partitions it leads. One thread.
class Node final : public net::AcceptHandler {
 public:
  Node(net::Loop& loop, Cluster& cluster, const BrokerOptions& options, Log log);
  ~Node() override;

  /// Begins to accept connections, and belongs to the cluster from then on.
  Result<void> listen();
  /// Takes in the logs that the cluster's data directory holds of partitions that it leads, and
  /// removes those of topics that are no more. Comes once, behind listen().
  Result<void> recover();
  /// Closes all connections and accepts no more until listen().
  void close();
  std::uint16_t port() const { return port_; }

  Cluster& cluster() { return cluster_; }
  net::Loop& loop() { return loop_; }
  const BrokerOptions& options() const { return options_; }
  const Log& log() const { return log_; }
  std::int32_t id() const { return id_.value_or(-1); }

  /// The partition's log and what belongs to it; null if the topic has no such partition or another
  /// node leads it.
  std::shared_ptr<Partition> partition(const Topic& topic, std::int32_t index);
  /// The same, and null where nobody has asked for the partition yet.
  std::shared_ptr<Partition> known_partition(const Topic& topic, std::int32_t index) const;
  /// Appends a valid batch, wakes who waits for it, and keeps the logs within their limits. Fails
  /// with KAFKA_STORAGE_ERROR where the batch cannot be written to disk, or memory is full and none
  /// of the topic's records may be dropped; then it is not appended.
  Result<Offset> append(const Topic& topic, Partition& partition,
                        const wire::RecordBatchView& batch);
  /// Writes into a partition that this node leads how a producer's transaction ended.
  Result<void> append_end_marker(const Topic& topic, Partition& partition,
                                 const TransactionEnd& end);
  /// Makes a partition's log start at `before` or where it starts already. `before` is not beyond
  /// the log's end. Fails where that cannot be kept; then nothing has changed.
  Result<void> delete_records(const Topic& topic, std::int32_t index, Partition& partition,
                              Offset before);
  /// Keeps a topic's logs within its limits, which are others from now on.
  void heed_limits(const Topic& topic);
  /// Whether the logs take more memory than they may, and none of their records may be dropped.
  bool memory_is_full() const { return log_bytes_ > to_uint(options_.memory_bytes); }
  /// Lets `cleaner`, which belongs to one of the logs here, do a step.
  Result<bool> compact(const PartitionLog& log, LogCleaner& cleaner);
  /// Drops a topic's logs, and their files.
  void forget(const Topic& topic);
  /// Hands a partition's log to the node that leads from now on, and tells who waits for it here.
  std::shared_ptr<Partition> give_up(const Topic& topic, std::int32_t index);
  void take_over(const Topic& topic, std::int32_t index, std::shared_ptr<Partition> partition);
  /// Lets the followers of all partitions go on: there may be enough of them again.
  void begin_rounds();

  /// Resumes `waiting` once the event being handled is done with.
  void resume_soon(std::weak_ptr<Resumable> waiting);
  /// Resumes `waiting` after the loop has looked after everyone else.
  void resume_later(std::weak_ptr<Resumable> waiting);
  /// The error that the request being served is to fail with, by a fault on demand; 0 for none. Who
  /// asks tells it in the answer.
  std::int16_t take_error_on_demand() {
    error_is_told_ = true;
    return error_on_demand_;
  }
  /// The same where nobody has asked.
  std::int16_t untold_error_on_demand() const { return error_is_told_ ? 0 : error_on_demand_; }
  void set_error_on_demand(std::int16_t error) {
    error_on_demand_ = error;
    error_is_told_ = false;
  }

  /// Everything that comes from outside (bytes, timers) is handled within one of these; at its end,
  /// what was woken goes on.
  class Event {
   public:
    explicit Event(Node& node) : node_(node) { ++node_.open_events_; }
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

   private:
    Node& node_;
  };

  void on_accept(
      const std::function<std::unique_ptr<net::Socket>(net::SocketHandler&)>& adopt) override;
  /// Forgets a connection; it is destroyed when the event being handled is done with.
  void remove(Connection& connection);
  std::size_t connection_count() const { return connections_.size(); }

  BufferPool& receive_pool() { return receive_pool_; }

 private:
  using Partitions = std::map<std::int32_t, std::shared_ptr<Partition>>;

  std::shared_ptr<Partition> new_partition(const Topic& topic, std::int32_t index) const;
  Result<void> recover(const Topic& topic, std::int32_t index, Offset start);
  void begin_round(Partition& partition);
  void end_round(Partition& partition, Offset end);
  // In node_limits.cc.
  PartitionLog::Rolling rolling_of(const TopicSettings& settings) const;
  Result<void> check_room(const Topic& topic, const wire::RecordBatchHeader& batch);
  void enforce_limits(const Topic& topic, Partition& partition);
  void drop_later(const TopicSettings& settings);
  void expire_later();
  void expire();
  void expire(const Topic& topic, std::int32_t index, Partition& partition, WallTime oldest);
  Result<bool> drop_beyond_own_limit(const Topic& topic, Partition& partition);
  Result<bool> drop_beyond_memory();
  void note_dropped(const Result<bool>& dropped);
  void remove_files(const Topic& topic, std::int32_t index) const;
  void warn_of_what_stays(const Result<void>& removed) const;
  Error cannot_write(Error error);
  Partition* largest_to_drop_from();
  void settle();

  net::Loop& loop_;
  Cluster& cluster_;
  const BrokerOptions options_;
  const Log log_;
  std::optional<std::int32_t> id_;  // once it has listened
  std::uint16_t port_ = 0;
  BufferPool receive_pool_;
  std::size_t log_bytes_ = 0;
  bool dropped_records_ = false;
  bool cannot_write_ = false;
  bool expires_later_ = false;
  net::Timer expiry_timer_;
  bool memory_was_full_ = false;
  std::map<wire::Uuid, Partitions> partitions_;
  // In the order they came.
  std::map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::uint64_t last_connection_ = 0;
  std::vector<std::shared_ptr<Connection>> removed_connections_;
  std::vector<std::weak_ptr<Resumable>> woken_;
  int open_events_ = 0;
  std::int16_t error_on_demand_ = 0;
  bool error_is_told_ = false;
  Compactor compactor_{*this};
  // Posted calls cannot be cancelled; they find out by this whether the node is still there.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace weir::broker
