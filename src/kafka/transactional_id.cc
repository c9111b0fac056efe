#include "kafka/transactional_id.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "kafka/transaction_errors.h"
#include "kafka/versions.h"
#include "wire/error_codes.h"
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/init_producer_id.h"

namespace weir::kafka {

namespace {

/// The feature is looked at again when what is known of it is older.
constexpr Duration kLookAgainAfter = std::chrono::minutes(1);
/// A transaction is completed 1 to 2 ms after its end, and the next one waits for it.
constexpr Duration kFirstPauseOfAdd = std::chrono::microseconds(300);
/// From this version on an end raises the epoch.
constexpr std::int16_t kFirstNewerEnd = 5;
constexpr std::int16_t kLastOlderEnd = kFirstNewerEnd - 1;
/// From this version on a producer can say which epoch it had (KIP-360).
constexpr std::int16_t kFirstRenewingInit = 3;

bool speaks(const wire::ApiVersionsResponse& broker, wire::ApiKey api, std::int16_t version) {
  return std::any_of(broker.api_keys.begin(), broker.api_keys.end(), [=](const auto& range) {
    return range.api_key == static_cast<std::int16_t>(api) && range.max_version >= version;
  });
}

bool has_newer_protocol(const wire::ApiVersionsResponse& broker) {
  const bool is_on = std::any_of(
      broker.finalized_features.begin(), broker.finalized_features.end(), [](const auto& feature) {
        return feature.name == "transaction.version" && feature.max_version_level >= 2;
      });
  return is_on && speaks(broker, wire::ApiKey::kEndTxn, kFirstNewerEnd) &&
         speaks(broker, wire::ApiKey::kProduce, 12) &&
         speaks(broker, wire::ApiKey::kTxnOffsetCommit, 5);
}

using Topics = std::map<std::string, std::vector<std::int32_t>>;

wire::AddPartitionsToTxnRequest add_request(std::string_view id, ProducerIdentity producer,
                                            const Topics& topics) {
  wire::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = id;
  request.v3_and_below_producer_id = producer.id;
  request.v3_and_below_producer_epoch = producer.epoch;
  for (const auto& [name, partitions] : topics) {
    request.v3_and_below_topics.push_back({name, partitions});
  }
  return request;
}

std::int16_t worst_of_partitions(const wire::AddPartitionsToTxnResponse& answer) {
  std::int16_t worst = wire::kafka_code::kNone;
  for (const auto& topic : answer.results_by_topic_v3_and_below) {
    for (const auto& told : topic.results_by_partition) {
      worst = worse_of(worst, told.partition_error_code);
    }
  }
  return worst;
}

}  // namespace

TransactionalId::TransactionalId(ClientContext& context, Metadata& metadata,
                                 TransactionalIdOptions options, OnTrouble on_trouble)
    : context_(context),
      options_(std::move(options)),
      looked_at_(context.loop.now()),
      calls_(context, metadata, options_.id, std::move(on_trouble)) {
  identity_.transactional_id = options_.id;
}

/// What all requests about the id have in common.
template <class Request>
TransactionCalls::Asking<Request> TransactionalId::asking(std::string what) {
  TransactionCalls::Asking<Request> asking;
  asking.terms.what = std::move(what);
  asking.make = [this, producer = identity_.producer](std::int16_t) {
    Request request;
    request.transactional_id = options_.id;
    request.producer_id = producer.id;
    request.producer_epoch = producer.epoch;
    return request;
  };
  asking.code_of = [](const typename Request::Response& answer) { return answer.error_code; };
  asking.on_unsure = [this] { note_lost_call(); };
  return asking;
}

/// True where the answer is an error: only open() leads on from there.
template <class Answer>
bool TransactionalId::failed(const Result<Answer>& answer) {
  if (!answer.ok()) state_ = State::kNotOpen;
  return !answer.ok();
}

/// An epoch that was asked for may still be given, and fence the next one.
void TransactionalId::drop_calls() {
  calls_.drop();
  looking_ = false;
  if (std::exchange(asks_for_epoch_, false)) ++stragglers_;
  state_ = State::kNotOpen;
}

void TransactionalId::open(plan::Done opened) {
  drop_calls();
  look([this, opened = std::move(opened)](const Result<Abilities>& looked) {
    if (failed(looked)) return opened(looked.error());
    take_over(opened);
  });
}

void TransactionalId::look(std::function<void(Result<Abilities>)> looked) {
  TransactionCalls::Asking<wire::ApiVersionsRequest> asking;
  asking.terms = {.what = "asking for the protocol of", .newest = kNewestVersionsRequest};
  asking.make = [](std::int16_t) { return versions_request(); };
  asking.code_of = [](const auto& answer) { return answer.error_code; };
  asking.handler = [this, looked = std::move(looked)](const auto& answer) {
    if (!answer.ok()) return looked(answer.error());
    const auto& broker = answer->message;
    abilities_ = {has_newer_protocol(broker),
                  speaks(broker, wire::ApiKey::kInitProducerId, kFirstRenewingInit)};
    looked_at_ = context_.loop.now();
    looked(abilities_);
  };
  calls_.call(std::move(asking));
}

void TransactionalId::look_in_background() {
  if (looking_ || context_.loop.now() - looked_at_ < kLookAgainAfter) return;
  looking_ = true;
  look([this](const Result<Abilities>&) { looking_ = false; });
}

void TransactionalId::ask_whether_taken(std::function<void(Result<bool>)> told) {
  drop_calls();
  TransactionCalls::Asking<wire::DescribeTransactionsRequest> asking;
  asking.terms.what = "asking about the use of";
  asking.make = [this](std::int16_t) {
    wire::DescribeTransactionsRequest request;
    request.transactional_ids = {options_.id};
    return request;
  };
  asking.code_of = [](const wire::DescribeTransactionsResponse& answer) {
    const auto& states = answer.transaction_states;
    return states.size() == 1 ? states.front().error_code
                              : std::int16_t{wire::kafka_code::kUnknownServerError};
  };
  asking.handler = [this, told = std::move(told)](const auto& answer) {
    if (answer.ok()) return told(is_taken(answer->message.transaction_states.front()));
    const bool expired = answer.error().kafka_code() == wire::kafka_code::kTransactionalIdNotFound;
    expired ? told(false) : told(answer.error());
  };
  calls_.call(std::move(asking));
}

/// Who takes an id over that has a transaction raises the epoch twice, else once and leaves it
/// empty. The coordinator that gives up waiting raises it once, and aborts. So does our own end of
/// a transaction in the newer protocol, and commits.
bool TransactionalId::is_taken(
    const wire::DescribeTransactionsResponse::TransactionState& now) const {
  if (now.producer_id != identity_.producer.id) return true;
  const int raised = now.producer_epoch - identity_.producer.epoch;
  if (raised <= 0) return false;
  const bool is_aborted = now.transaction_state.ends_with("Abort");
  const bool is_committed = identity_.adds_itself && now.transaction_state.ends_with("Commit");
  const bool is_fenced = now.transaction_state == "PrepareEpochFence";
  return raised > 1 || !(is_aborted || is_committed || is_fenced);
}

void TransactionalId::take_over(plan::Done opened) {
  auto asking = this->asking<wire::InitProducerIdRequest>("taking over");
  asking.make = [this](std::int16_t) {
    wire::InitProducerIdRequest request;
    request.transactional_id = options_.id;
    request.transaction_timeout_ms = in_millis(options_.timeout);
    return request;
  };
  asking.on_unsure = [this] { ++stragglers_; };
  asks_for_epoch_ = true;
  asking.handler = [this, opened = std::move(opened)](const auto& answer) {
    on_epoch([&] {
      if (failed(answer)) return opened(answer.error());
      settle(answer->message.producer_id, answer->message.producer_epoch);
      state_ = State::kReady;
      opened({});
    });
  };
  calls_.call(std::move(asking));
}

void TransactionalId::begin(std::function<void(Result<TransactionIdentity>)> begun) {
  WEIR_CHECK(state_ != State::kInTransaction, "the last transaction has ended");
  if (state_ == State::kNotOpen) return begun(no_transaction());
  look_in_background();
  state_ = State::kInTransaction;
  is_begun_ = false;
  const bool changes_protocol = identity_.adds_itself != abilities_.newer_protocol;
  needs_new_epoch_ || changes_protocol ? renew(std::move(begun)) : begun(identity_);
}

/// Fences what may be left of the epoch so far. Who asks twice gets the same new epoch.
void TransactionalId::renew(std::function<void(Result<TransactionIdentity>)> begun) {
  if (!abilities_.renews_epochs) {
    state_ = State::kNotOpen;
    return begun(Error(ErrorCode::kAborted,
                       concat("the broker cannot give a new epoch to transactional id '",
                              options_.id, "', which must be taken over again")));
  }
  auto asking = this->asking<wire::InitProducerIdRequest>("taking a new epoch of");
  asking.make = [this, plain = asking.make](std::int16_t version) {
    wire::InitProducerIdRequest request = plain(version);
    request.transaction_timeout_ms = in_millis(options_.timeout);
    return request;
  };
  asking.on_unsure = [] {};
  asks_for_epoch_ = true;
  asking.handler = [this, begun = std::move(begun)](const auto& answer) {
    on_epoch([&] {
      if (failed(answer)) return begun(answer.error());
      settle(answer->message.producer_id, answer->message.producer_epoch);
      begun(identity_);
    });
  };
  calls_.call(std::move(asking));
}

/// An epoch was given, or refused.
void TransactionalId::on_epoch(const std::function<void()>& take) {
  asks_for_epoch_ = false;
  const auto quiet = std::exchange(quiet_, nullptr);
  take();
  if (quiet) quiet();
}

void TransactionalId::when_quiet(std::function<void()> quiet) {
  if (!asks_for_epoch_) return quiet();
  quiet_ = std::move(quiet);
}

/// Nothing of before can take effect under a new identity.
void TransactionalId::settle(std::int64_t id, std::int16_t epoch) {
  identity_.producer = {id, epoch};
  identity_.adds_itself = abilities_.newer_protocol;
  needs_new_epoch_ = false;
}

void TransactionalId::add_partitions(const std::vector<TopicPartition>& partitions,
                                     plan::Done added) {
  if (state_ == State::kNotOpen) return tell_lost(std::move(added));
  begin_adding();
  auto topics = std::make_shared<Topics>();
  for (const auto& [topic, partition] : partitions) (*topics)[topic].push_back(partition.value);
  TransactionCalls::Asking<wire::AddPartitionsToTxnRequest> asking;
  asking.terms = {"adding partitions to a transaction of", kFirstPauseOfAdd};
  asking.make = [this, topics, producer = identity_.producer](std::int16_t) {
    return add_request(options_.id, producer, *topics);
  };
  asking.code_of = worst_of_partitions;
  asking.on_unsure = [this] { note_lost_call(); };
  asking.handler = [this, added = std::move(added)](const auto& answer) {
    failed(answer) ? added(answer.error()) : added({});
  };
  calls_.call(std::move(asking));
}

void TransactionalId::add_group(const std::string& group, plan::Done added) {
  if (state_ == State::kNotOpen) return tell_lost(std::move(added));
  begin_adding();
  auto asking = this->asking<wire::AddOffsetsToTxnRequest>(
      concat("adding group '", group, "' to a transaction of"));
  asking.terms.first_pause = kFirstPauseOfAdd;
  asking.make = [plain = asking.make, name = std::make_shared<std::string>(group)](auto version) {
    wire::AddOffsetsToTxnRequest request = plain(version);
    request.group_id = *name;
    return request;
  };
  asking.handler = [this, added = std::move(added)](const auto& answer) {
    failed(answer) ? added(answer.error()) : added({});
  };
  calls_.call(std::move(asking));
}

void TransactionalId::begin_adding() {
  WEIR_CHECK(state_ == State::kInTransaction, "a transaction has been begun");
  WEIR_CHECK(!identity_.adds_itself, "the newer protocol adds by itself");
  is_begun_ = true;
}

void TransactionalId::end(bool commit, plan::Done ended) {
  if (state_ == State::kNotOpen) return tell_lost(std::move(ended));
  WEIR_CHECK(state_ == State::kInTransaction, "a transaction has been begun");
  end_may_have_happened_ = false;
  auto asking = this->asking<wire::EndTxnRequest>(commit ? "committing a transaction of"
                                                         : "aborting a transaction of");
  asking.terms.newest = identity_.adds_itself ? kFirstNewerEnd : kLastOlderEnd;
  asking.make = [commit, plain = asking.make](std::int16_t version) {
    wire::EndTxnRequest request = plain(version);
    request.committed = commit;
    return request;
  };
  asking.on_unsure = [this] {
    end_may_have_happened_ = true;
    note_lost_call();
  };
  asking.handler = [this, commit, ended](const auto& answer) {
    if (failed(answer)) return ended(commit ? in_doubt(answer.error()) : answer.error());
    on_ended(answer->message.producer_id, answer->message.producer_epoch);
    ended({});
  };
  const bool is_known_to_broker = identity_.adds_itself || is_begun_;
  if (is_known_to_broker) return calls_.call(std::move(asking));
  calls_.later(Duration::zero(), [this, ended = std::move(ended)] {
    state_ = State::kReady;
    ended({});
  });
}

void TransactionalId::on_ended(std::int64_t id, std::int16_t epoch) {
  state_ = State::kReady;
  if (!identity_.adds_itself) return;
  // A broker of before the newer protocol, which may have taken over, does not raise the epoch.
  needs_new_epoch_ = id < 0;
  if (id >= 0) identity_.producer = {id, epoch};
}

Error TransactionalId::in_doubt(const Error& error) const {
  if (!end_may_have_happened_) return error;
  return Error(error.code(), concat(error.message(), "; nobody knows whether it was committed"))
      .with_kafka_code(error.kafka_code());
}

void TransactionalId::note_lost_call() {
  // In the newer protocol the end of the transaction fences all that belonged to it.
  if (!identity_.adds_itself) needs_new_epoch_ = true;
}

Error TransactionalId::no_transaction() const {
  return Error(ErrorCode::kAborted, concat("transactional id '", options_.id,
                                           "' has lost its transaction, and must be taken over"));
}

void TransactionalId::tell_lost(plan::Done done) {
  calls_.later(Duration::zero(), [this, done = std::move(done)] { done(no_transaction()); });
}

}  // namespace weir::kafka
