#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/channel.h"
#include "kafka/topic_partition.h"
#include "wire/messages/metadata.h"

namespace weir::kafka {

/// A broker of the cluster.
struct BrokerAddress {
  NodeId id = -1;
  net::Endpoint endpoint;
  bool operator==(const BrokerAddress&) const = default;
};

/// What the cluster says of a topic.
struct TopicMetadata {
  struct Partition {
    NodeId leader = -1;  ///< -1 while there is none
    std::int32_t leader_epoch = -1;
    std::vector<NodeId> replicas;
  };
  wire::Uuid id;
  bool is_internal = false;  ///< one of Kafka's own, such as __consumer_offsets
  /// Not 0 where the topic is unknown or may not be read; then it has no partitions.
  std::int16_t error_code = 0;
  std::vector<Partition> partitions;
};

/// What is known of a cluster: its brokers, and the leaders of the topics that someone asked for.
/// Asks the bootstrap addresses and the brokers in turn, again after a while, and when someone met
/// an error that says that something has moved. Never gives up. Where nobody has answered for long,
/// or a broker asks for it (KIP-1102), it forgets the brokers and starts again from the bootstrap
/// addresses, whose names are resolved anew. Owned by whoever sets up a loop's client; on the
/// loop's thread; outlives what uses it.
class Metadata {
 public:
  /// Called after each answer, or with an error each time no known broker could be reached.
  using Listener = std::function<void(const Result<void>& outcome)>;

  /// Ends a listener's calls when it is destroyed, which must be before the Metadata is.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Metadata& metadata, std::uint64_t id) : metadata_(&metadata), id_(id) {}
    Subscription(Subscription&& other) noexcept { *this = std::move(other); }
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();

   private:
    Metadata* metadata_ = nullptr;
    std::uint64_t id_ = 0;
  };

  explicit Metadata(ClientContext& context);

  /// Wants to know about a topic from now on; asks for it if it is not known.
  void add_topic(std::string_view topic);
  /// Wants to know about all topics from now on, and which there are.
  void want_all();
  /// Asks anew, soon: what is known has proved wrong.
  void refresh();
  [[nodiscard]] Subscription subscribe(Listener listener);

  /// False until a broker has answered.
  bool known() const { return known_; }
  /// True once want_all() has been answered.
  bool knows_all() const { return knows_all_; }
  const std::map<std::string, TopicMetadata, std::less<>>& topics() const { return topics_; }
  /// Null until the cluster has told about the topic.
  const TopicMetadata* topic(std::string_view name) const;
  /// The broker that leads a partition, if one is known to.
  std::optional<NodeId> leader(const TopicPartition& partition) const;
  /// The epoch of that leader, by which it and we notice that one of us is behind; -1 where it is
  /// not known.
  std::int32_t leader_epoch(const TopicPartition& partition) const;
  /// Says why leader() has nothing: the topic is not there, or has fewer partitions, or no leader.
  Error why_no_leader(const TopicPartition& partition) const;
  const BrokerAddress* broker(NodeId id) const;
  const std::map<NodeId, BrokerAddress>& brokers() const { return brokers_; }
  const std::string& cluster_id() const { return cluster_id_; }
  NodeId controller() const { return controller_; }

 private:
  void ask();
  void ask_at(TimePoint at);
  wire::MetadataRequest request() const;
  void on_answer(const Result<Answer<wire::MetadataResponse>>& answer);
  void on_unreachable(const Error& error);
  void on_left();
  void start_over(std::string_view why);
  void take(const wire::MetadataResponse& answer);
  void take(const wire::MetadataResponse::MetadataResponseTopic& told);
  void forget_others(const wire::MetadataResponse& answer);
  std::vector<net::Endpoint> candidates() const;
  void notify(const Result<void>& outcome);

  ClientContext& context_;
  bool known_ = false;
  std::map<NodeId, BrokerAddress> brokers_;
  std::string cluster_id_;
  NodeId controller_ = -1;
  std::map<std::string, TopicMetadata, std::less<>> topics_;
  std::set<std::string, std::less<>> wanted_;
  bool wants_all_ = false;
  bool knows_all_ = false;

  bool asking_ = false;
  bool asked_for_all_ = false;
  std::size_t topics_asked_for_ = 0;
  bool ask_again_ = false;  // someone asked while an answer was on its way
  TimePoint last_asked_{};
  std::size_t next_candidate_ = 0;
  std::size_t failures_in_a_row_ = 0;
  std::optional<TimePoint> unanswered_since_;  // while nobody answers
  std::unique_ptr<Channel> channel_;
  net::Timer timer_;
  std::uint64_t last_listener_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Listener>> listeners_;
};

}  // namespace weir::kafka
