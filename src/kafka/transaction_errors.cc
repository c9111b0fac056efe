#include "kafka/transaction_errors.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

namespace kafka_code = wire::kafka_code;

struct Judged {
  std::int16_t code;
  Verdict verdict;
  std::string_view advice;  // what to do; empty where there is none
};

// Where Java's TransactionManager ends the producer (fenced, a wrong state), whoever uses this one
// may take the id over again: that aborts what is open, and all that was written is read again. A
// code that is not named is kUnsure where Kafka calls it retriable, else kFinal.
constexpr auto kJudged = std::to_array<Judged>({
    {kafka_code::kNone, Verdict::kDone, ""},
    {kafka_code::kOperationNotAttempted, Verdict::kAfter, ""},
    {kafka_code::kConcurrentTransactions, Verdict::kWait, ""},
    {kafka_code::kCoordinatorLoadInProgress, Verdict::kWait, ""},
    {kafka_code::kUnknownTopicOrPartition, Verdict::kWait, ""},
    // A coordinator says these also when it could not make sure that what it has written remains.
    {kafka_code::kCoordinatorNotAvailable, Verdict::kUnsure, ""},
    {kafka_code::kNotCoordinator, Verdict::kUnsure, ""},
    {kafka_code::kRequestTimedOut, Verdict::kUnsure, ""},
    {kafka_code::kInvalidTxnState, Verdict::kLost, ""},
    {kafka_code::kInvalidProducerIdMapping, Verdict::kLost, ""},
    {kafka_code::kUnknownProducerId, Verdict::kLost, ""},
    {kafka_code::kInvalidProducerEpoch, Verdict::kLost, ""},
    {kafka_code::kProducerFenced, Verdict::kLost, ""},
    {kafka_code::kTransactionAbortable, Verdict::kLost, ""},
    {kafka_code::kInvalidTransactionTimeout, Verdict::kFinal,
     "lower .transaction_timeout, or raise transaction.max.timeout.ms of the brokers"},
    {kafka_code::kTransactionalIdAuthorizationFailed, Verdict::kFinal,
     "allow this client to WRITE and DESCRIBE the transactional id"},
    {kafka_code::kTopicAuthorizationFailed, Verdict::kFinal,
     "allow this client to WRITE to the topic"},
    {kafka_code::kGroupAuthorizationFailed, Verdict::kFinal,
     "allow this client to READ the group, or use another group"},
    {kafka_code::kUnsupportedVersion, Verdict::kFinal, "use a newer Kafka (4.x is tested)"},
});

Judged judge(std::int16_t code) {
  const auto found = std::find_if(kJudged.begin(), kJudged.end(),
                                  [code](const Judged& judged) { return judged.code == code; });
  if (found != kJudged.end()) return *found;
  return {code, wire::facts_of(code).retriable ? Verdict::kUnsure : Verdict::kFinal, ""};
}

ErrorCode kind_of(std::int16_t code, Verdict verdict) {
  if (verdict == Verdict::kLost || verdict == Verdict::kAfter) return ErrorCode::kAborted;
  const ErrorCode kind = wire::facts_of(code).kind;
  return kind == ErrorCode::kAborted ? ErrorCode::kInternal : kind;
}

}  // namespace

Verdict verdict_on(std::int16_t code) { return judge(code).verdict; }

std::int16_t worse_of(std::int16_t one, std::int16_t other) {
  return verdict_on(one) < verdict_on(other) ? other : one;
}

Error transaction_error(std::int16_t code, std::string_view what) {
  const Judged judged = judge(code);
  std::string message = wire::kafka_error(code, what).message();
  if (!judged.advice.empty()) message += concat("; ", judged.advice);
  return Error(kind_of(code, judged.verdict), std::move(message)).with_kafka_code(code);
}

bool is_fenced(std::int16_t code) {
  return code == kafka_code::kProducerFenced || code == kafka_code::kInvalidProducerEpoch;
}

bool dooms_transaction(std::int16_t code) {
  switch (code) {
    case kafka_code::kOutOfOrderSequenceNumber:
    // The group has moved on: what the transaction read is another member's now.
    case kafka_code::kIllegalGeneration:
    case kafka_code::kUnknownMemberId:
      return true;
    default:
      return verdict_on(code) == Verdict::kLost;
  }
}

Error as_doomed(const Error& error) {
  return Error(ErrorCode::kAborted, error.message()).with_kafka_code(error.kafka_code());
}

}  // namespace weir::kafka
