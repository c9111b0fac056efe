#include "kafka/transaction_calls.h"

#include <utility>

#include "base/log.h"
#include "kafka/transaction_errors.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

/// A transaction that is completed within so long is nothing to speak of.
constexpr Duration kSilence = std::chrono::seconds(1);

}  // namespace

TransactionCalls::TransactionCalls(ClientContext& context, Metadata& metadata, std::string id,
                                   OnTrouble on_trouble)
    : context_(context),
      on_trouble_(std::move(on_trouble)),
      coordinator_(context, metadata, std::move(id), CoordinatorOf::kTransactionalId) {}

std::shared_ptr<TransactionCalls::Attempts> TransactionCalls::begin(Terms terms) {
  const Backoff pause(terms.first_pause, context_.options.retry_backoff,
                      context_.options.seed + ++calls_);
  return std::make_shared<Attempts>(
      Attempts{std::move(terms), pause, context_.loop.now(), {}, {}, {}});
}

void TransactionCalls::on_no_answer(Attempts& attempts, const Error& error) {
  // A code comes from looking for the coordinator: nothing was asked of it.
  const bool was_sent = error.kafka_code() == wire::kafka_code::kNone;
  if (!may_pass(error)) {
    return attempts.failed(
        was_sent ? error : transaction_error(error.kafka_code(), name_of_call(attempts.terms)));
  }
  if (was_sent) attempts.on_unsure();
  attempts.send();
  tell_trouble(error.message());
}

void TransactionCalls::on_refusal(const std::shared_ptr<Attempts>& attempts, std::int16_t code) {
  const bool elsewhere = coordinator_.disowned(code);
  const Verdict verdict = verdict_on(code);
  const std::string what = name_of_call(attempts->terms);
  if (verdict != Verdict::kWait && verdict != Verdict::kUnsure) {
    return attempts->failed(transaction_error(code, what));
  }
  if (verdict == Verdict::kUnsure) attempts->on_unsure();
  elsewhere ? attempts->send() : send_later(attempts, code);
  const bool is_usual = code == wire::kafka_code::kConcurrentTransactions &&
                        context_.loop.now() - attempts->since < kSilence;
  if (!is_usual) tell_trouble(wire::kafka_error(code, what).message());
}

void TransactionCalls::send_later(const std::shared_ptr<Attempts>& attempts, std::int16_t code) {
  const bool is_soon = code == wire::kafka_code::kConcurrentTransactions;
  later(is_soon ? attempts->pause.next() : context_.options.retry_backoff,
        [attempts] { attempts->send(); });
}

std::string TransactionCalls::name_of_call(const Terms& terms) const {
  return concat(terms.what, " transactional id '", coordinator_.key(), "'");
}

void TransactionCalls::later(Duration pause, std::function<void()> f) {
  const std::uint64_t id = ++last_timer_;
  timers_[id] = context_.loop.call_after(pause, [this, id, f = std::move(f)] {
    const auto now = f;  // the timer's end is the end of this function object
    timers_.erase(id);
    now();
  });
}

void TransactionCalls::drop() {
  ++round_;
  timers_.clear();
}

void TransactionCalls::tell_trouble(const std::string& what) {
  if (what == trouble_) return;
  trouble_ = what;
  on_trouble_(what);
}

}  // namespace weir::kafka
