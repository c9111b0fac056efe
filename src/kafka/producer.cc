#include "kafka/producer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kafka/batch_halves.h"
#include "kafka/transaction_errors.h"
#include "wire/error_codes.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {

namespace {

namespace code = wire::kafka_code;

/// How much longer than the broker itself may wait for its replicas we wait for the broker.
constexpr Duration kAnswerGrace = std::chrono::seconds(5);

/// From the next version on what is written belongs to its transaction by itself (KIP-890).
constexpr std::int16_t kNewestOfOlderProtocol = 11;

/// The broker has lost track of our sequences, or we have skipped some.
bool out_of_sequence(std::int16_t error) {
  return error == code::kOutOfOrderSequenceNumber || error == code::kUnknownProducerId ||
         error == code::kInvalidProducerEpoch || error == code::kInvalidProducerIdMapping;
}

const wire::ProduceResponse::PartitionProduceResponse* find_told(
    const wire::ProduceResponse& response, const TopicPartition& partition) {
  for (const auto& topic : response.responses) {
    if (topic.name != partition.topic) continue;
    for (const auto& told : topic.partition_responses) {
      if (told.index == partition.partition.value) return &told;
    }
  }
  return nullptr;
}

bool too_large(std::int16_t error) {
  return error == code::kMessageTooLarge || error == code::kRecordListTooLarge;
}

/// Returns what the broker adds to its refusal and, of a record that is too large, what to do.
std::string detail_of(const wire::ProduceResponse::PartitionProduceResponse& told,
                      const PendingBatch& batch) {
  std::string detail(told.error_message.value_or(""));
  if (!too_large(told.error_code)) return detail;
  const bool beyond_segment = told.error_code == code::kRecordListTooLarge;
  return concat(detail, detail.empty() ? "" : "; ", "the batch has ", batch.bytes.size(),
                " bytes in 1 record; raise the topic's ",
                beyond_segment ? "segment.bytes" : "max.message.bytes",
                " or write less in one record");
}

Error identity_error(std::int16_t error) {
  const bool is_forbidden = error == code::kClusterAuthorizationFailed;
  return wire::kafka_error(error, "InitProducerId of an idempotent producer",
                           is_forbidden ? "allow this client to WRITE to the topic, or the cluster "
                                          "operation IDEMPOTENT_WRITE"
                                        : "");
}

/// Waits for the two parts of a batch. Shared by their delivery handlers.
struct SplitDelivery {
  DeliveryHandler done;
  int left = 2;
  Offset base{};

  void on_part(bool is_first, const Result<Offset>& told) {
    if (told.ok() && is_first) base = *told;
    if (told.ok() && --left > 0) return;
    if (auto handler = std::exchange(done, nullptr)) handler(told.ok() ? Result(base) : told);
  }
};

}  // namespace

Producer::Producer(ClientContext& context, Metadata& metadata, ProducerOptions options,
                   Listener& listener)
    : ClusterPart(
          context, metadata, [this](const auto& outcome) { on_metadata(outcome); },
          [this] { flush(); }),
      options_(options),
      listener_(listener),
      expiry_(context.loop, [this] { expire(); }) {}

void Producer::on_metadata(const Result<void>& outcome) {
  if (outcome.ok()) return flush();
  if (pending_bytes_ > 0) new_trouble_ = outcome.error();
  tell();
}

void Producer::send(const TopicPartition& partition, Buffer batch, DeliveryHandler done) {
  auto& queue = queues_[partition];
  if (!queue) {
    queue = std::make_unique<ProduceQueue>(partition);
    metadata_.add_topic(partition.topic);
  }
  const TimePoint expires = options_.delivery_timeout
                                ? context_.loop.now() + *options_.delivery_timeout
                                : TimePoint::max();
  pending_bytes_ += batch.size();
  if (in_transactions()) wire::set_transactional(batch);
  queue->add(std::make_shared<PendingBatch>(std::move(batch), expires, std::move(done)));
  if (options_.delivery_timeout) expiry_.set(expires);
  alarm_.set_now();
}

void Producer::flush() {
  send_what_may_go();
  tell();
}

void Producer::send_what_may_go() {
  const bool asks = identity_state_ == IdentityState::kMissing && !in_transactions();
  if (asks && pending_bytes_ > 0) ask_for_identity();
  if (identity_state_ != IdentityState::kReady || gathers()) return;
  for (bool sent = true; sent;) {
    sent = false;
    for (const auto& [node, sendable] : sendable_by_leader()) sent |= send_some(node, sendable);
  }
  renew_identity_when_quiet();
}

void Producer::ask_for_identity() {
  Channel* channel = brokers_.any();
  if (channel == nullptr) return metadata_.refresh();  // whose answer calls again
  identity_state_ = IdentityState::kAsked;
  channel->call<wire::InitProducerIdRequest>(
      [](std::int16_t) {
        wire::InitProducerIdRequest request;
        request.transaction_timeout_ms = 60'000;
        return request;
      },
      context_.options.request_timeout, [this](const auto& answer) { on_identity(answer); });
}

void Producer::on_identity(const Result<Answer<wire::InitProducerIdResponse>>& answer) {
  if (answer.ok() && answer->message.error_code == 0) {
    identity_ = {answer->message.producer_id, answer->message.producer_epoch};
    identity_state_ = IdentityState::kReady;
    return flush();
  }
  identity_state_ = IdentityState::kMissing;
  if (answer.ok() && !wire::facts_of(answer->message.error_code).retriable) {
    return fail_identity(identity_error(answer->message.error_code));
  }
  metadata_.refresh();
  alarm_.set(context_.loop.now() + context_.options.retry_backoff);
  new_trouble_ = answer.ok() ? identity_error(answer->message.error_code) : answer.error();
  tell();
}

/// Without an identity nothing can be written, and to ask again would not help.
void Producer::fail_identity(Error error) {
  for (const auto& [name, queue] : queues_) fail_what_waits(*queue, error);
  tell();
}

void Producer::fail_what_waits(ProduceQueue& queue, const Error& error) {
  for (const auto& batch : queue.take_expired(TimePoint::max())) {  // all that is not under way
    if (batch->sequence >= 0) identity_state_ = IdentityState::kSpent;
    fail(*batch, error);
  }
}

/// Returns the next batch of each partition that may send one, and sees to it that this is asked
/// again when others may.
std::map<NodeId, Producer::Sent> Producer::sendable_by_leader() {
  const TimePoint now = context_.loop.now();
  std::map<NodeId, Sent> by_leader;
  for (const auto& [name, queue] : queues_) {
    const auto not_before = queue->not_before();
    if (not_before && *not_before > now) alarm_.set(*not_before);
    auto batch = queue->next(now);
    if (!batch || !may_write(name)) continue;
    const auto leader = metadata_.leader(name);
    if (!leader) {
      on_no_leader(*queue);
    } else if (queue->in_flight() == 0 || queue->sent_to() == *leader) {
      by_leader[*leader].emplace_back(queue.get(), std::move(batch));
    }
  }
  return by_leader;
}

void Producer::on_no_leader(ProduceQueue& queue) {
  Error why = metadata_.why_no_leader(queue.partition());
  const std::int16_t error = why.kafka_code();
  if (error != code::kTopicAuthorizationFailed && error != code::kInvalidTopicException) {
    metadata_.refresh();
    new_trouble_ = std::move(why);
  } else if (queue.in_flight() == 0) {
    fail_what_waits(queue, why);
  }
}

bool Producer::send_some(NodeId node, const Sent& sendable) {
  Leader& leader = leaders_[node];
  if (leader.requests >= options_.max_in_flight) return false;
  std::size_t waiting = 0;
  for (const auto& [queue, batch] : sendable) waiting += queue->waiting_bytes();
  if (leader.requests >= 2 && waiting < options_.gather_bytes) return false;
  if (leader.not_before > context_.loop.now()) {
    alarm_.set(leader.not_before);
    return false;
  }
  Sent batches;
  std::size_t bytes = 0;
  for (const auto& one : sendable) {
    if (!may_write(one.first->partition())) continue;  // what another leader gets may add just now
    bytes += one.second->bytes.size();
    if (!batches.empty() && bytes > options_.max_request_bytes) break;
    batches.push_back(one);
  }
  if (batches.empty()) return false;
  send_request(node, std::move(batches));
  return true;
}

void Producer::send_request(NodeId node, Sent batches) {
  for (const auto& [queue, batch] : batches) queue->begin(*batch, identity_, node);
  const bool adds = adds_to_transaction(batches);
  is_adding_ |= adds;
  ++leaders_[node].requests;
  ++requests_in_flight_;
  const Duration timeout = context_.options.request_timeout;
  const bool older = in_transactions() && !adds_itself_;
  brokers_.to(node)->call<wire::ProduceRequest>(
      [this, batches, timeout, round = round_](std::int16_t) {
        return request(round == round_ ? batches : Sent(), timeout);
      },
      timeout + kAnswerGrace,
      [this, node, batches, adds, round = round_](const ProduceAnswer& answer) {
        if (round != round_) return;
        if (adds) is_adding_ = false;
        on_answer(node, batches, answer);
      },
      older ? kNewestOfOlderProtocol : kNewestVersion);
}

wire::ProduceRequest Producer::request(const Sent& batches, Duration timeout) const {
  wire::ProduceRequest request;
  if (in_transactions()) request.transactional_id = options_.transactional_id;
  request.acks = -1;
  request.timeout_ms =
      static_cast<std::int32_t>(std::chrono::ceil<std::chrono::milliseconds>(timeout).count());
  for (const auto& [queue, batch] : batches) {
    const TopicPartition& name = queue->partition();
    if (request.topic_data.empty() || request.topic_data.back().name != name.topic) {
      request.topic_data.emplace_back().name = name.topic;
    }
    request.topic_data.back().partition_data.push_back(
        {name.partition.value, {batch->bytes.view()}});
  }
  return request;
}

void Producer::on_answer(NodeId node, const Sent& sent, const ProduceAnswer& answer) {
  --leaders_[node].requests;
  --requests_in_flight_;
  if (answer.ok()) {
    settle(node, sent, answer->message);
  } else {
    on_lost(node, sent, answer.error());
  }
  renew_identity_when_quiet();
  send_what_may_go();
  if (options_.delivery_timeout) return expire();
  tell();
}

void Producer::on_lost(NodeId node, const Sent& sent, const Error& error) {
  leaders_[node].not_before = context_.loop.now() + context_.options.retry_backoff;
  alarm_.set(leaders_[node].not_before);
  for (const auto& [queue, batch] : sent) try_again(*queue, *batch, error);
  if (in_transactions()) listener_.on_lost_call();
}

void Producer::settle(NodeId node, const Sent& sent, const wire::ProduceResponse& response) {
  for (const auto& [queue, batch] : sent) {
    settle_batch(node, *queue, *batch, find_told(response, queue->partition()));
  }
}

void Producer::settle_batch(NodeId node, ProduceQueue& queue, PendingBatch& batch,
                            const wire::ProduceResponse::PartitionProduceResponse* told) {
  const BrokerAddress* broker = metadata_.broker(node);
  const std::string what = concat("Produce to ", queue.partition(), " on broker ", node,
                                  broker ? concat(" at ", broker->endpoint) : "");
  if (told == nullptr) {
    return try_again(queue, batch,
                     Error(ErrorCode::kCorrupt, concat(what, ": the answer leaves it out")));
  }
  const std::int16_t error = told->error_code;
  if (error == code::kNone || error == code::kDuplicateSequenceNumber) {
    return acknowledge(queue, batch, Offset{told->base_offset});
  }
  if (too_large(error) && batch.records > 1) return split(queue, batch);
  Error reason = wire::kafka_error(error, what, detail_of(*told, batch));
  const bool follows = error == code::kOutOfOrderSequenceNumber && !queue.is_first(batch);
  if (in_transactions() && dooms_transaction(error) && !follows) return doom(queue, batch, reason);
  if (out_of_sequence(error)) {
    // Behind a batch that came back this is only to be expected.
    if (queue.is_first(batch)) identity_state_ = IdentityState::kSpent;
    return try_again(queue, batch, reason);
  }
  if (wire::facts_of(error).retriable) return try_again(queue, batch, reason);
  queue.drop(batch);
  identity_state_ = IdentityState::kSpent;
  fail(batch, std::move(reason));
}

void Producer::acknowledge(ProduceQueue& queue, PendingBatch& batch, Offset base) {
  queue.acknowledge(batch);
  if (in_transactions()) added_.insert(queue.partition());
  pending_bytes_ -= batch.bytes.size();
  finished_.push_back({std::move(batch.done), base});
  if (last_trouble_) recovered_ = true;
}

void Producer::try_again(ProduceQueue& queue, PendingBatch& batch, const Error& error) {
  if (error.kafka_code() == code::kConcurrentTransactions) {
    return queue.give_back(batch, context_.loop.now() + kPauseForLastEnd);
  }
  queue.give_back(batch, context_.loop.now() + context_.options.retry_backoff);
  metadata_.refresh();
  new_trouble_ = error;
}

void Producer::split(ProduceQueue& queue, PendingBatch& batch) {
  auto halves = halves_of(batch.bytes, context_.buffers);
  if (!halves.ok()) {
    queue.drop(batch);
    identity_state_ = IdentityState::kSpent;
    return fail(batch, std::move(halves).error());
  }
  pending_bytes_ -= batch.bytes.size();
  const auto delivery = std::make_shared<SplitDelivery>(std::move(batch.done));
  std::vector<std::shared_ptr<PendingBatch>> parts;
  for (Buffer& half : *halves) {
    if (in_transactions()) wire::set_transactional(half);
    pending_bytes_ += half.size();
    parts.push_back(std::make_shared<PendingBatch>(
        std::move(half), batch.expires,
        [delivery, is_first = parts.empty()](const Result<Offset>& told) {
          delivery->on_part(is_first, told);
        }));
  }
  queue.replace(batch, std::move(parts));
}

void Producer::fail(PendingBatch& batch, Error error) {
  pending_bytes_ -= batch.bytes.size();
  finished_.push_back({std::move(batch.done), std::move(error)});
}

void Producer::renew_identity_when_quiet() {
  if (in_transactions()) return;  // that is for begin()
  if (identity_state_ != IdentityState::kSpent || requests_in_flight_ > 0) return;
  for (const auto& [name, queue] : queues_) queue->restart();
  identity_state_ = IdentityState::kMissing;
  alarm_.set_now();
}

void Producer::expire() {
  const TimePoint now = context_.loop.now();
  for (const auto& [name, queue] : queues_) {
    for (const auto& batch : queue->take_expired(now)) {
      if (batch->sequence >= 0) identity_state_ = IdentityState::kSpent;
      Error error(
          ErrorCode::kTimedOut,
          concat("a record batch for ", name, " was not acknowledged within its delivery time-out",
                 last_trouble_ ? ": " : "", last_trouble_ ? last_trouble_->message() : ""));
      fail(*batch, std::move(error));
    }
    if (const auto next = queue->next_expiry()) expiry_.set(*next);
  }
  renew_identity_when_quiet();
  tell();
}

void Producer::tell() {
  const std::weak_ptr<Producer*> alive = self_;
  if (std::exchange(recovered_, false) && !new_trouble_) {
    last_trouble_.reset();
    listener_.on_recovery();
  } else if (auto trouble = std::exchange(new_trouble_, std::nullopt)) {
    const bool told = last_trouble_ && last_trouble_->message() == trouble->message();
    last_trouble_ = trouble;
    if (!told) listener_.on_trouble(*trouble);
  }
  if (alive.expired()) return;
  for (const Finished& one : std::exchange(finished_, {})) {
    one.done(one.outcome);
    if (alive.expired()) return;
  }
}

}  // namespace weir::kafka
