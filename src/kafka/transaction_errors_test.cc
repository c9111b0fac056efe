#include "kafka/transaction_errors.h"

#include <gmock/gmock.h>

#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace kafka_code = wire::kafka_code;

TEST(TransactionErrors, JudgeEveryCode) {
  std::string verdicts;
  for (std::int16_t code = 1; code <= kafka_code::kControllerIdNotRegistered; ++code) {
    const auto& facts = wire::facts_of(code);
    const bool is_usual =
        verdict_on(code) == (facts.retriable ? Verdict::kUnsure : Verdict::kFinal);
    if (is_usual) continue;
    verdicts += std::string(facts.name) + " " + std::to_string(static_cast<int>(verdict_on(code)));
    verdicts += "\n";
  }
  EXPECT_EQ(verdicts,
            "UNKNOWN_TOPIC_OR_PARTITION 2\n"
            "COORDINATOR_LOAD_IN_PROGRESS 2\n"
            "INVALID_PRODUCER_EPOCH 4\n"
            "INVALID_TXN_STATE 4\n"
            "INVALID_PRODUCER_ID_MAPPING 4\n"
            "CONCURRENT_TRANSACTIONS 2\n"
            "OPERATION_NOT_ATTEMPTED 1\n"
            "UNKNOWN_PRODUCER_ID 4\n"
            "PRODUCER_FENCED 4\n"
            "TRANSACTION_ABORTABLE 4\n");
}

TEST(TransactionErrors, AreAbortedExactlyWhereTheTransactionIsLost) {
  for (std::int16_t code = -1; code <= kafka_code::kControllerIdNotRegistered; ++code) {
    const Verdict verdict = verdict_on(code);
    const bool is_lost = verdict == Verdict::kLost || verdict == Verdict::kAfter;
    const Error error = transaction_error(code, "ending");
    EXPECT_EQ(error.code() == ErrorCode::kAborted, is_lost) << code;
    EXPECT_EQ(error.kafka_code(), code);
    EXPECT_FALSE(error.retriable());
  }
}

TEST(TransactionErrors, SayWhatToDo) {
  EXPECT_THAT(
      transaction_error(kafka_code::kInvalidTransactionTimeout, "taking over").message(),
      AllOf(HasSubstr("taking over failed: the transaction time-out is longer"),
            HasSubstr("; lower .transaction_timeout, or raise transaction.max.timeout.ms")));
  EXPECT_THAT(transaction_error(kafka_code::kTransactionalIdAuthorizationFailed, "x").message(),
              HasSubstr("; allow this client to WRITE"));
  EXPECT_THAT(transaction_error(kafka_code::kInvalidTxnState, "x").message(), Not(HasSubstr(";")));
}

TEST(TransactionErrors, TheWorseOfTwoIsWhatCannotBeHelped) {
  const std::int16_t by_rank[] = {kafka_code::kNone,
                                  kafka_code::kOperationNotAttempted,
                                  kafka_code::kConcurrentTransactions,
                                  kafka_code::kNotCoordinator,
                                  kafka_code::kProducerFenced,
                                  kafka_code::kTopicAuthorizationFailed};
  for (std::size_t i = 1; i < std::size(by_rank); ++i) {
    EXPECT_EQ(worse_of(by_rank[i - 1], by_rank[i]), by_rank[i]);
    EXPECT_EQ(worse_of(by_rank[i], by_rank[i - 1]), by_rank[i]);
  }
}

}  // namespace
}  // namespace weir::kafka
