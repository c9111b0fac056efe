#include "wire/error_codes.h"

#include <gtest/gtest.h>

namespace weir::wire {
namespace {

TEST(ErrorCodes, SayWhatFailedAndWhatItMeans) {
  const Error error = kafka_error(kafka_code::kNotCoordinator, "Heartbeat of group 'g'");
  EXPECT_EQ(error.message(),
            "Heartbeat of group 'g' failed: another broker coordinates this group or "
            "transactional id (NOT_COORDINATOR 16)");
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(error.kafka_code(), 16);
  EXPECT_TRUE(error.retriable());
}

TEST(ErrorCodes, KeepTheBrokersOwnDetail) {
  const Error error = kafka_error(kafka_code::kPolicyViolation, "CreateTopics 't'", "too many");
  EXPECT_EQ(error.message(),
            "CreateTopics 't' failed: a policy of the cluster forbids the request "
            "(POLICY_VIOLATION 44): too many");
  EXPECT_FALSE(error.retriable());
}

TEST(ErrorCodes, KeepACodeThatIsNotKnown) {
  for (std::int16_t code : {-2, 137, 32767, -32768}) {
    EXPECT_EQ(facts_of(code).name, "UNKNOWN_SERVER_ERROR");
    EXPECT_EQ(kafka_error(code, "x").kafka_code(), code);
  }
  EXPECT_EQ(facts_of(136).name, "CONTROLLER_ID_NOT_REGISTERED");
}

}  // namespace
}  // namespace weir::wire
