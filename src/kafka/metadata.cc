#include "kafka/metadata.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

Metadata::Subscription& Metadata::Subscription::operator=(Subscription&& other) noexcept {
  std::swap(metadata_, other.metadata_);
  std::swap(id_, other.id_);
  return *this;
}

Metadata::Subscription::~Subscription() {
  if (metadata_ != nullptr) metadata_->listeners_.erase(id_);
}

Metadata::Metadata(ClientContext& context) : context_(context) {
  last_asked_ = context.loop.now() - context.options.retry_backoff;
  refresh();
}

void Metadata::add_topic(std::string_view topic) {
  const bool added = wanted_.emplace(topic).second;
  if (added && !asking_ && this->topic(topic) == nullptr) ask_at(context_.loop.now());
}

void Metadata::want_all() {
  wants_all_ = true;
  if (!asking_) ask_at(context_.loop.now());
}

void Metadata::refresh() {
  if (asking_) {
    ask_again_ = true;
    return;
  }
  ask_at(std::max(context_.loop.now(), last_asked_ + context_.options.retry_backoff));
}

Metadata::Subscription Metadata::subscribe(Listener listener) {
  const std::uint64_t id = ++last_listener_;
  listeners_.emplace(id, std::make_shared<Listener>(std::move(listener)));
  return Subscription(*this, id);
}

const TopicMetadata* Metadata::topic(std::string_view name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

std::optional<NodeId> Metadata::leader(const TopicPartition& partition) const {
  const TopicMetadata* known = topic(partition.topic);
  const auto index = static_cast<std::size_t>(partition.partition.value);
  if (known == nullptr || index >= known->partitions.size()) return std::nullopt;
  const NodeId leader = known->partitions[index].leader;
  if (!brokers_.contains(leader)) return std::nullopt;
  return leader;
}

std::int32_t Metadata::leader_epoch(const TopicPartition& partition) const {
  const TopicMetadata* known = topic(partition.topic);
  const auto index = static_cast<std::size_t>(partition.partition.value);
  if (known == nullptr || index >= known->partitions.size()) return -1;
  return known->partitions[index].leader_epoch;
}

Error Metadata::why_no_leader(const TopicPartition& partition) const {
  const TopicMetadata* known = topic(partition.topic);
  if (known == nullptr) {
    return Error(ErrorCode::kUnavailable,
                 concat("the cluster has not yet told about topic \"", partition.topic, "\""))
        .as_retriable();
  }
  if (known->error_code != 0) {
    return wire::kafka_error(known->error_code,
                             concat("Metadata of topic \"", partition.topic, "\""));
  }
  if (static_cast<std::size_t>(partition.partition.value) >= known->partitions.size()) {
    return Error(ErrorCode::kNotFound, concat("there is no ", partition, ": the topic has ",
                                              known->partitions.size(), " partitions"));
  }
  return Error(ErrorCode::kUnavailable,
               concat(partition, " has no leader now; a broker that keeps it may be away"))
      .as_retriable();
}

const BrokerAddress* Metadata::broker(NodeId id) const {
  const auto found = brokers_.find(id);
  return found == brokers_.end() ? nullptr : &found->second;
}

void Metadata::ask_at(TimePoint at) {
  timer_ = context_.loop.call_at(at, [this] { ask(); });
}

void Metadata::ask() {
  const auto all = candidates();
  if (all.empty()) {
    return notify(Error(ErrorCode::kInvalidArgument,
                        "no address of a Kafka broker is given; set the bootstrap servers"));
  }
  const net::Endpoint& endpoint = all[next_candidate_ % all.size()];
  if (!channel_ || channel_->endpoint() != endpoint) {
    channel_ = std::make_unique<Channel>(context_, endpoint, concat("broker at ", endpoint));
  }
  asking_ = true;
  ask_again_ = false;
  last_asked_ = context_.loop.now();
  channel_->call<wire::MetadataRequest>(
      [this](std::int16_t) {
        topics_asked_for_ = wanted_.size();
        asked_for_all_ = wants_all_;
        return request();
      },
      context_.options.request_timeout, [this](const auto& answer) { on_answer(answer); });
}

wire::MetadataRequest Metadata::request() const {
  wire::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  if (wants_all_) return request;  // no list is all
  request.topics.emplace();
  for (const std::string& name : wanted_) {
    request.topics->emplace_back().name = name;
  }
  return request;
}

void Metadata::on_answer(const Result<Answer<wire::MetadataResponse>>& answer) {
  asking_ = false;
  if (!answer.ok()) return on_unreachable(answer.error());
  if (answer->message.error_code == wire::kafka_code::kRebootstrapRequired) return on_left();
  failures_in_a_row_ = 0;
  unanswered_since_.reset();
  take(answer->message);
  if (asked_for_all_) forget_others(answer->message);
  const bool wants_more = wants_all_ ? !asked_for_all_ : wanted_.size() > topics_asked_for_;
  if (wants_more) {  // added meanwhile: they need not wait
    ask_at(context_.loop.now());
  } else {
    ask_at(last_asked_ +
           (ask_again_ ? context_.options.retry_backoff : context_.options.metadata_max_age));
  }
  notify({});
}

void Metadata::on_left() {
  const Error error = wire::kafka_error(wire::kafka_code::kRebootstrapRequired,
                                        concat("Metadata from ", channel_->peer()))
                          .as_retriable();
  start_over(error.message());
  on_unreachable(error);
}

void Metadata::start_over(std::string_view why) {
  context_.log.warning(concat("starting again from the bootstrap addresses, because ", why, "; ",
                              brokers_.size(), brokers_.size() == 1 ? " broker is" : " brokers are",
                              " forgotten"));
  brokers_.clear();
  controller_ = -1;
  channel_.reset();
  next_candidate_ = context_.options.bootstrap.size() - 1;  // the first one is next
  failures_in_a_row_ = 0;
  unanswered_since_.reset();
}

void Metadata::on_unreachable(const Error& error) {
  const TimePoint now = context_.loop.now();
  if (!unanswered_since_) unanswered_since_ = now;
  const bool for_long = now - *unanswered_since_ >= context_.options.rebootstrap_after;
  if (for_long && !brokers_.empty()) start_over("no known broker has answered for long");
  ++next_candidate_;
  const std::size_t count = candidates().size();
  if (++failures_in_a_row_ % count != 0) return ask_at(context_.loop.now());
  const auto rounds = static_cast<int>(std::min<std::size_t>(failures_in_a_row_ / count, 20));
  ask_at(context_.loop.now() +
         std::min(context_.options.retry_backoff * (std::int64_t{1} << rounds),
                  context_.options.reconnect_backoff_max));
  if (count == 1) return notify(error);
  notify(Error(error).with_context(
      concat("none of the ", count, " known Kafka brokers answers; the last one tried")));
}

void Metadata::take(const wire::MetadataResponse& answer) {
  known_ = true;
  cluster_id_ = answer.cluster_id.value_or("");
  controller_ = answer.controller_id;
  brokers_.clear();
  for (const auto& broker : answer.brokers) {
    brokers_[broker.node_id] = {
        broker.node_id, {std::string(broker.host), static_cast<std::uint16_t>(broker.port)}};
  }
  for (const auto& told : answer.topics) take(told);
}

void Metadata::take(const wire::MetadataResponse::MetadataResponseTopic& told) {
  TopicMetadata& topic = topics_[std::string(told.name.value_or(""))];
  const TopicMetadata before =
      std::exchange(topic, {told.topic_id, told.is_internal, told.error_code, {}});
  // What is wrong for good has no partitions; what may pass tells those that are there.
  if (told.error_code != 0 && !wire::facts_of(told.error_code).retriable) return;
  for (const auto& partition : told.partitions) {
    const auto index = static_cast<std::size_t>(partition.partition_index);
    if (index >= told.partitions.size()) continue;
    topic.partitions.resize(std::max(topic.partitions.size(), index + 1));
    TopicMetadata::Partition& now = topic.partitions[index];
    now = {partition.leader_id, partition.leader_epoch, partition.replica_nodes};
    // A broker that is behind names a leader that is one no more. Who deleted and made the topic
    // anew began its epochs anew.
    const bool is_same = topic.id != wire::Uuid() && topic.id == before.id;
    if (is_same && index < before.partitions.size() &&
        now.leader_epoch < before.partitions[index].leader_epoch) {
      now = before.partitions[index];
    }
  }
}

/// An answer about all topics also says which there are not.
void Metadata::forget_others(const wire::MetadataResponse& answer) {
  knows_all_ = true;
  std::set<std::string_view> told;
  for (const auto& topic : answer.topics) told.insert(topic.name.value_or(""));
  std::erase_if(topics_, [&](const auto& topic) { return !told.contains(topic.first); });
  for (const std::string& name : wanted_) {
    if (!told.contains(name)) topics_[name].error_code = wire::kafka_code::kUnknownTopicOrPartition;
  }
}

std::vector<net::Endpoint> Metadata::candidates() const {
  std::vector<net::Endpoint> all = context_.options.bootstrap;
  for (const auto& [id, broker] : brokers_) {
    if (std::find(all.begin(), all.end(), broker.endpoint) == all.end()) {
      all.push_back(broker.endpoint);
    }
  }
  return all;
}

void Metadata::notify(const Result<void>& outcome) {
  // A listener may end others, or itself: each is looked up, and held while it runs.
  for (std::uint64_t id = 1; id <= last_listener_; ++id) {
    const auto found = listeners_.find(id);
    if (found == listeners_.end()) continue;
    const std::shared_ptr<Listener> listener = found->second;
    (*listener)(outcome);
  }
}

}  // namespace weir::kafka
