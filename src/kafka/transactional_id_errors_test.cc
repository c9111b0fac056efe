// What ends a transaction, and what ends the use of a transactional id.
#include "kafka/transactional_id_testing.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace kafka_code = wire::kafka_code;

TEST_F(TransactionalIdTest, SaysWhoWasFencedWhenItAskedForANewEpoch) {
  open_older();
  coordinator_.epoch = 5;  // another one's
  coordinator_.last_epoch = -1;
  id_->note_lost_call();
  EXPECT_THAT(begin(), AllOf(HasSubstr("taking a new epoch of transactional id 'tx' failed"),
                             HasSubstr("PRODUCER_FENCED")));
  EXPECT_EQ(code_, ErrorCode::kAborted);
  EXPECT_EQ(kafka_code_, kafka_code::kProducerFenced);
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/6 older");
}

TEST_F(TransactionalIdTest, MustBeTakenOverAgainWhereTheBrokerGivesNoNewEpochs) {
  coordinator_.limit_init_producer_id(2);
  open_older();
  EXPECT_EQ(commit_one(), "ok");
  id_->note_lost_call();
  EXPECT_THAT(begin(), HasSubstr("cannot give a new epoch to transactional id 'tx'"));
  EXPECT_EQ(code_, ErrorCode::kAborted);
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(commit_one(), "ok");
}

/// What loses a transaction, whichever call meets it.
class LosesTransaction : public TransactionalIdTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(
    Codes, LosesTransaction,
    testing::Values(kafka_code::kInvalidTxnState, kafka_code::kInvalidProducerIdMapping,
                    kafka_code::kUnknownProducerId, kafka_code::kProducerFenced,
                    kafka_code::kInvalidProducerEpoch, kafka_code::kTransactionAbortable,
                    kafka_code::kOperationNotAttempted));

TEST_P(LosesTransaction, InEachStepUntilItIsTakenOver) {
  const auto code = static_cast<std::int16_t>(GetParam());
  const std::string name(wire::facts_of(code).name);
  for (int step = 0; step < 3; ++step) {
    ASSERT_EQ(open(), "ok");
    EXPECT_EQ(begin(), "ok");
    if (step == 0) refuse({code});
    const std::string added = add({kT0});
    if (step == 1) refuse({code});
    const std::string group = step > 0 ? add_group() : "";
    if (step == 2) refuse({code});
    const std::string ended = step > 1 ? end(true) : "";
    EXPECT_THAT(step == 0 ? added : step == 1 ? group : ended, HasSubstr(name));
    EXPECT_EQ(code_, ErrorCode::kAborted);
    EXPECT_EQ(kafka_code_, code);
    EXPECT_THAT(begin(), HasSubstr("must be taken over"));
    EXPECT_EQ(code_, ErrorCode::kAborted);
  }
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(commit_one(), "ok");
}

TEST_F(TransactionalIdTest, AllFailsUntilItIsTakenOverAfterALoss) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  refuse({kafka_code::kProducerFenced});
  EXPECT_THAT(add({kT0}), HasSubstr("PRODUCER_FENCED"));
  EXPECT_THAT(add({kT1}), HasSubstr("must be taken over"));
  EXPECT_THAT(add_group(), HasSubstr("must be taken over"));
  EXPECT_THAT(end(false), HasSubstr("must be taken over"));
  EXPECT_EQ(code_, ErrorCode::kAborted);
  EXPECT_THAT(said(), ElementsAre("add 7/0: t-0"));
}

TEST_F(TransactionalIdTest, SaysThatNobodyKnowsWhereACommitWasLostAndThenRefused) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(add({kT0}), "ok");
  lose({Fault::kLostBefore});
  refuse({kafka_code::kInvalidTxnState});
  EXPECT_THAT(end(true), AllOf(HasSubstr("committing a transaction of transactional id 'tx'"),
                               HasSubstr("nobody knows whether it was committed")));
  EXPECT_EQ(code_, ErrorCode::kAborted);
  EXPECT_EQ(kafka_code_, kafka_code::kInvalidTxnState);
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(add({kT0}), "ok");
  refuse({kafka_code::kInvalidTxnState});
  EXPECT_THAT(end(true), Not(HasSubstr("nobody knows")));
}

/// What ends the use of the id, and what the error says of it.
struct Final {
  std::int16_t code;
  std::string advice;
};
class IsFinal : public TransactionalIdTest, public testing::WithParamInterface<Final> {};
INSTANTIATE_TEST_SUITE_P(
    Codes, IsFinal,
    testing::Values(Final{kafka_code::kTransactionalIdAuthorizationFailed, "allow this client"},
                    Final{kafka_code::kTopicAuthorizationFailed, "allow this client"},
                    Final{kafka_code::kGroupAuthorizationFailed, "allow this client"},
                    Final{kafka_code::kInvalidTransactionTimeout, "lower .transaction_timeout"},
                    Final{kafka_code::kUnsupportedVersion, "use a newer Kafka"},
                    Final{kafka_code::kTransactionCoordinatorFenced, "another coordinator"},
                    Final{kafka_code::kUnknownServerError, "its log says more"}));

TEST_P(IsFinal, AtOnceAndInOtherWords) {
  refuse({GetParam().code});
  EXPECT_THAT(open(), HasSubstr(GetParam().advice));
  EXPECT_NE(code_, ErrorCode::kAborted);
  EXPECT_EQ(kafka_code_, GetParam().code);
  ASSERT_EQ(open(), "ok");
  EXPECT_EQ(begin(), "ok");
  refuse({GetParam().code});
  EXPECT_THAT(add_group(), HasSubstr(GetParam().advice));
  EXPECT_NE(code_, ErrorCode::kAborted);
}

TEST_F(TransactionalIdTest, SaysWhatTheSearchForTheCoordinatorIsRefusedFor) {
  coordinator_.find_error = kafka_code::kTransactionalIdAuthorizationFailed;
  EXPECT_THAT(open(), AllOf(HasSubstr("asking for the protocol of transactional id 'tx'"),
                            HasSubstr("allow this client to WRITE")));
  EXPECT_NE(code_, ErrorCode::kAborted);
}

TEST_F(TransactionalIdTest, TakesTheWorstOfWhatIsSaidOfEachPartition) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  coordinator_.errors_of["t-0"] = kafka_code::kOperationNotAttempted;
  coordinator_.errors_of["t-1"] = kafka_code::kTopicAuthorizationFailed;
  EXPECT_THAT(add({kT0, kT1}), HasSubstr("TOPIC_AUTHORIZATION_FAILED"));
  EXPECT_NE(code_, ErrorCode::kAborted);
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(begin(), "ok");
  said();
  coordinator_.errors_of["t-0"] = kafka_code::kOperationNotAttempted;
  coordinator_.errors_of["t-1"] = kafka_code::kUnknownTopicOrPartition;
  EXPECT_EQ(add({kT0, kT1}), "ok");
  EXPECT_THAT(said(), ElementsAre("add 7/1: t-0 t-1", "add 7/1: t-0 t-1"));
}

}  // namespace
}  // namespace weir::kafka
