#include "kafka/transaction_offsets.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "kafka/transaction_errors.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

/// In later ones what is committed belongs to the transaction by itself (KIP-890).
constexpr std::int16_t kNewestTxnOffsetCommitOfOlderProtocol = 4;

std::int16_t worst_of(const wire::TxnOffsetCommitResponse& answer) {
  std::int16_t worst = wire::kafka_code::kNone;
  for (const auto& topic : answer.topics) {
    for (const auto& told : topic.partitions) worst = worse_of(worst, told.error_code);
  }
  return worst;
}

}  // namespace

TransactionOffsets::TransactionOffsets(ClientContext& context, Coordinator& coordinator,
                                       Generation generation, OffsetStore::OnTrouble on_trouble,
                                       OffsetStore::OnRefused on_refused)
    : context_(context),
      coordinator_(coordinator),
      generation_(std::move(generation)),
      on_trouble_(std::move(on_trouble)),
      on_refused_(std::move(on_refused)) {}

void TransactionOffsets::commit(const TransactionIdentity& in, const LogPositions& positions,
                                const std::string& metadata, std::function<void()> on_lost_call,
                                std::function<void(Result<void>)> done) {
  WEIR_CHECK(!commit_, "one commit at a time");
  ++round_;
  commit_ = Commit{in, positions, metadata, std::move(on_lost_call), std::move(done)};
  // With the loop's next turn, so that `done` is not called from here.
  timer_ = context_.loop.call_after(Duration::zero(), [this] { send(); });
}

void TransactionOffsets::abandon() {
  ++round_;
  commit_.reset();
  timer_.cancel();
}

void TransactionOffsets::lose() {
  if (commit_) end(lost());
}

Error TransactionOffsets::lost() const {
  return Error(ErrorCode::kAborted,
               concat("group '", coordinator_.key(),
                      "' has given the partitions to another member meanwhile"))
      .with_kafka_code(wire::kafka_code::kIllegalGeneration);
}

void TransactionOffsets::send() {
  const auto as = generation_();
  if (!as) return end(lost());
  sent_as_ = *as;
  coordinator_.call<wire::TxnOffsetCommitRequest>(
      Coordinator::Lane::kPlain,
      [this, round = round_](std::int16_t) {
        return round == round_ ? request(sent_as_) : wire::TxnOffsetCommitRequest();
      },
      context_.options.request_timeout,
      [this, round = round_](const auto& answer) {
        if (round == round_) on_answer(answer);
      },
      commit_->in.adds_itself ? kNewestVersion : kNewestTxnOffsetCommitOfOlderProtocol);
}

wire::TxnOffsetCommitRequest TransactionOffsets::request(const GroupGeneration& as) const {
  wire::TxnOffsetCommitRequest request;
  request.transactional_id = commit_->in.transactional_id;
  request.group_id = coordinator_.key();
  request.producer_id = commit_->in.producer.id;
  request.producer_epoch = commit_->in.producer.epoch;
  request.generation_id_or_member_epoch = as.id;
  request.member_id = as.member_id;
  request.group_instance_id = as.instance_id;
  for (const auto& [partition, position] : commit_->positions) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back().name = partition.topic;
    }
    request.topics.back().partitions.push_back(
        {partition.partition.value, position.offset.value, position.epoch, commit_->metadata});
  }
  return request;
}

void TransactionOffsets::on_answer(const Result<Answer<wire::TxnOffsetCommitResponse>>& answer) {
  if (!answer.ok()) {
    if (!may_pass(answer.error())) return end(answer.error());
    commit_->on_lost_call();
    send();
    return tell_trouble(answer.error().message());
  }
  const std::int16_t code = worst_of(answer->message);
  const bool elsewhere = coordinator_.disowned(code);
  if (code == wire::kafka_code::kNone) return end({});
  Error error =
      wire::kafka_error(code, concat("committing offsets of group '", coordinator_.key(),
                                     "' in transaction '", commit_->in.transactional_id, "'"));
  if (!error.retriable()) return on_refused(error);
  if (code == wire::kafka_code::kConcurrentTransactions) {
    timer_ = context_.loop.call_after(kPauseForLastEnd, [this] { send(); });
    return;
  }
  elsewhere ? send() : send_after_pause();
  tell_trouble(error.message());
}

void TransactionOffsets::on_refused(const Error& error) {
  if (sent_as_ != generation_()) return send();  // it was an earlier generation, or is nobody now
  const std::uint64_t round = round_;
  const std::optional<Error> refused = on_refused_(sent_as_, error);
  if (round != round_) return;  // the member has lost its partitions over it
  if (!refused) return send_after_pause();
  end(dooms_transaction(refused->kafka_code()) ? as_doomed(*refused) : *refused);
}

void TransactionOffsets::send_after_pause() {
  timer_ = context_.loop.call_after(context_.options.retry_backoff, [this] { send(); });
}

void TransactionOffsets::end(const Result<void>& outcome) {
  const auto done = std::move(commit_->done);
  abandon();
  tell_trouble("");
  done(outcome);
}

void TransactionOffsets::tell_trouble(const std::string& what) {
  if (what == trouble_) return;
  trouble_ = what;
  on_trouble_(what);
}

}  // namespace weir::kafka
