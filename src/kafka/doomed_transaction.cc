#include "kafka/doomed_transaction.h"

#include "kafka/transaction_errors.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace kafka_code = wire::kafka_code;

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
