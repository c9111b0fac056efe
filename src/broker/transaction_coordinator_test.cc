#include "broker/transaction_coordinator.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "net/sim_network.h"
#include "wire/error_codes.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::ControlType;
using namespace std::chrono_literals;
namespace code = wire::kafka_code;

constexpr std::int32_t kTimeoutMs = 60'000;
constexpr std::int16_t kLastEpochOfTest = std::numeric_limits<std::int16_t>::max() - 1;

/// Partitions and groups that note what they are told, and can be out of reach.
class FakeParties final : public TransactionParties {
 public:
  Result<std::int64_t> next_producer_id() override { return next_id++; }
  std::int16_t transaction_version() const override { return version; }
  Result<void> save(const Transaction& transaction) override {
    if (cannot_save) return Error(ErrorCode::kUnavailable, "the disk is full");
    saved = transaction;
    return {};
  }
  Result<void> forget(const Transaction& transaction) override {
    forgotten.push_back(transaction.id);
    return {};
  }
  bool end_in_partition(const Transaction::Partition& partition, ProducerIdentity producer,
                        ControlType how, bool) override {
    if (unreachable.contains(partition.first)) return false;
    told.push_back(std::string(how == ControlType::kCommit ? "commit " : "abort ") +
                   partition.first + "-" + std::to_string(partition.second) + " " +
                   std::to_string(producer.id) + "/" + std::to_string(producer.epoch));
    return true;
  }
  bool end_in_group(const std::string& group, std::int64_t producer_id, ControlType how) override {
    if (unreachable.contains(group)) return false;
    told.push_back(std::string(how == ControlType::kCommit ? "commit " : "abort ") + group + " " +
                   std::to_string(producer_id));
    return true;
  }

  std::int64_t next_id = 7;
  std::int16_t version = 2;
  bool cannot_save = false;
  std::set<std::string> unreachable;
  std::vector<std::string> told;
  std::vector<std::string> forgotten;
  Transaction saved;
};

class TransactionCoordinatorTest : public testing::Test {
 protected:
  ProducerIdentity begin(std::string_view id = "t") {
    const auto answer = coordinator.init(id, kTimeoutMs, {});
    EXPECT_EQ(answer.error, code::kNone);
    return answer.producer;
  }
  std::int16_t add(ProducerIdentity producer, std::string topic = "in",
                   std::int32_t partition = 0) {
    const Transaction::Partition one{std::move(topic), partition};
    return coordinator.add_partitions("t", producer, {&one, 1});
  }
  std::int16_t check(ProducerIdentity producer) {
    return coordinator.check_partition("t", producer, {"in", 0});
  }
  TransactionCoordinator::Answer commit(ProducerIdentity producer, bool raises_epoch = false) {
    return coordinator.end("t", producer, ControlType::kCommit, raises_epoch);
  }
  TransactionCoordinator::Answer abort(ProducerIdentity producer, bool raises_epoch = false) {
    return coordinator.end("t", producer, ControlType::kAbort, raises_epoch);
  }
  TransactionState state() const { return coordinator.find("t")->state; }

  net::SimNetwork network{1};
  FakeParties parties;
  TransactionCoordinator coordinator{network.loop("broker"), parties};
};

TEST_F(TransactionCoordinatorTest, GivesAnIdToWhoeverAsksAndFencesWhoHadIt) {
  EXPECT_EQ(begin(), (ProducerIdentity{7, 0}));
  EXPECT_EQ(begin(), (ProducerIdentity{7, 1}));
  EXPECT_EQ(begin("other"), (ProducerIdentity{8, 0}));
  EXPECT_EQ(add({7, 0}), code::kProducerFenced);
  EXPECT_EQ(add({7, 1}), code::kNone);
}

TEST_F(TransactionCoordinatorTest, RefusesWhatIsNoRequest) {
  EXPECT_EQ(coordinator.init("", kTimeoutMs, {}).error, code::kInvalidRequest);
  EXPECT_EQ(coordinator.init("t", 0, {}).error, code::kInvalidTransactionTimeout);
  EXPECT_EQ(coordinator.init("t", TransactionCoordinator::kLongestTimeoutMs + 1, {}).error,
            code::kInvalidTransactionTimeout);
  EXPECT_EQ(add({7, 0}), code::kInvalidProducerIdMapping);
  EXPECT_EQ(commit({7, 0}).error, code::kInvalidProducerIdMapping);
  EXPECT_EQ(coordinator.end("", {7, 0}, ControlType::kCommit, true).error, code::kInvalidRequest);
  begin();
  EXPECT_EQ(add({}), code::kInvalidProducerIdMapping);
  EXPECT_EQ(add({9, 0}), code::kInvalidProducerIdMapping);
  EXPECT_EQ(commit({9, 0}).error, code::kInvalidProducerIdMapping);
  EXPECT_EQ(commit({7, 1}).error, code::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, LetsTheSameProducerRaiseItsEpoch) {
  const auto first = begin();
  const auto second = coordinator.init("t", kTimeoutMs, first);
  EXPECT_EQ(second.producer, (ProducerIdentity{7, 1}));
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, first).producer, second.producer)
      << "the answer was lost, and the producer asks again";
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, second.producer).producer, (ProducerIdentity{7, 2}));
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, first).error, code::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, FencesWhoExpectsToGoOnWhereSomebodyElseBegan) {
  const auto first = begin();
  begin();
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, first).error, code::kProducerFenced);
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, {1234, 0}).error, code::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, TellsAllThatBelongToATransactionHowItEnded) {
  const auto producer = begin();
  EXPECT_EQ(add(producer, "out", 1), code::kNone);
  EXPECT_EQ(add(producer, "in", 0), code::kNone);
  EXPECT_EQ(add(producer, "in", 0), code::kNone);
  EXPECT_EQ(coordinator.add_group("t", producer, "readers"), code::kNone);
  EXPECT_EQ(state(), TransactionState::kOngoing);
  EXPECT_EQ(commit(producer).error, code::kNone);
  EXPECT_THAT(parties.told, ElementsAre("commit in-0 7/0", "commit out-1 7/0", "commit readers 7"));
  EXPECT_EQ(state(), TransactionState::kCompleteCommit);
  EXPECT_EQ(parties.saved.state, TransactionState::kCompleteCommit);
}

TEST_F(TransactionCoordinatorTest, KnowsWhatHasBeenAdded) {
  const auto producer = begin();
  EXPECT_EQ(check(producer), code::kTransactionAbortable);
  EXPECT_EQ(coordinator.check_group("t", producer, "readers"), code::kTransactionAbortable);
  add(producer);
  coordinator.add_group("t", producer, "readers");
  EXPECT_EQ(check(producer), code::kNone);
  EXPECT_EQ(coordinator.check_group("t", producer, "readers"), code::kNone);
  EXPECT_EQ(check({7, 9}), code::kProducerFenced);
  EXPECT_EQ(check({9, 0}), code::kInvalidProducerIdMapping);
}

TEST_F(TransactionCoordinatorTest, AnswersAnEndAskedForTwiceAsItDidAtFirst) {
  const auto producer = begin();
  add(producer);
  EXPECT_EQ(commit(producer).error, code::kNone);
  EXPECT_EQ(commit(producer).error, code::kNone);
  EXPECT_EQ(abort(producer).error, code::kInvalidTxnState);
  EXPECT_EQ(parties.told.size(), 1u);
}

TEST_F(TransactionCoordinatorTest, RefusesToEndWhatHasNotBegun) {
  const auto producer = begin();
  EXPECT_EQ(commit(producer).error, code::kInvalidTxnState);
  EXPECT_EQ(abort(producer).error, code::kInvalidTxnState);
  EXPECT_EQ(commit(producer, true).error, code::kInvalidTxnState);
}

TEST_F(TransactionCoordinatorTest, RaisesTheEpochWithEachEndInVersion2) {
  const auto producer = begin();
  add(producer);
  const auto ended = commit(producer, true);
  EXPECT_EQ(ended.producer, (ProducerIdentity{7, 1}));
  EXPECT_THAT(parties.told, ElementsAre("commit in-0 7/1"));
  EXPECT_EQ(add(producer), code::kProducerFenced) << "what it sent before the end comes too late";
  EXPECT_EQ(commit(producer, true).producer, ended.producer) << "it asks again";
  EXPECT_EQ(abort(producer, true).error, code::kInvalidTxnState);
  EXPECT_EQ(add(ended.producer), code::kNone);
  EXPECT_EQ(commit(producer, true).error, code::kProducerFenced) << "that end was another one's";
  EXPECT_EQ(commit(ended.producer, true).producer, (ProducerIdentity{7, 2}));
}

TEST_F(TransactionCoordinatorTest, RaisesTheEpochOfAnAbortWithoutATransactionInVersion2) {
  const auto producer = begin();
  EXPECT_EQ(abort(producer, true).producer, (ProducerIdentity{7, 1}));
  EXPECT_EQ(abort({7, 1}, true).producer, (ProducerIdentity{7, 2}));
  EXPECT_THAT(parties.told, IsEmpty());
}

TEST_F(TransactionCoordinatorTest, GoesOnUnderANewIdWhenEpochsHaveRunOut) {
  coordinator.restore({.id = "t", .producer = {5, kLastEpochOfTest}, .timeout_ms = kTimeoutMs});
  const ProducerIdentity last{5, kLastEpochOfTest};
  EXPECT_EQ(add(last), code::kNone);
  const auto ended = commit(last, true);
  EXPECT_EQ(ended.producer, (ProducerIdentity{7, 0}));
  EXPECT_THAT(parties.told, ElementsAre("commit in-0 5/32767"));
  EXPECT_EQ(commit(last, true).producer, ended.producer) << "it asks again";
  EXPECT_EQ(add(ended.producer), code::kNone);
}

TEST_F(TransactionCoordinatorTest, GivesANewIdToWhoBeginsWhenEpochsHaveRunOut) {
  coordinator.restore({.id = "t", .producer = {5, kLastEpochOfTest}, .timeout_ms = kTimeoutMs});
  const ProducerIdentity last{5, kLastEpochOfTest};
  const auto renewed = coordinator.init("t", kTimeoutMs, last);
  EXPECT_EQ(renewed.producer, (ProducerIdentity{7, 0}));
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, last).producer, renewed.producer) << "it asks again";
}

TEST_F(TransactionCoordinatorTest, AbortsWhatIsOpenForWhoBeginsAnew) {
  const auto producer = begin();
  add(producer);
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, {}).error, code::kConcurrentTransactions);
  EXPECT_THAT(parties.told, ElementsAre("abort in-0 7/1"));
  EXPECT_EQ(begin(), (ProducerIdentity{7, 2}));
  EXPECT_EQ(commit(producer).error, code::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, AbortsATransactionThatTakesTooLong) {
  const auto producer = begin();
  add(producer);
  network.run_for(std::chrono::milliseconds(kTimeoutMs - 1));
  EXPECT_EQ(state(), TransactionState::kOngoing);
  add(producer, "out");
  network.run_for(1ms);
  EXPECT_THAT(parties.told, ElementsAre("abort in-0 7/1", "abort out-0 7/1"));
  EXPECT_EQ(commit(producer).error, code::kProducerFenced);
  EXPECT_EQ(add(producer), code::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, CountsATransactionsTimeFromItsOwnBeginning) {
  const auto producer = begin();
  add(producer);
  network.run_for(50s);
  commit(producer);
  add(producer);
  network.run_for(50s);
  EXPECT_EQ(state(), TransactionState::kOngoing);
}

TEST_F(TransactionCoordinatorTest, HasTheProducerWaitUntilAllHaveBeenTold) {
  const auto producer = begin();
  add(producer, "in");
  add(producer, "out");
  coordinator.add_group("t", producer, "readers");
  parties.unreachable = {"out", "readers"};
  EXPECT_EQ(commit(producer).error, code::kNone) << "it is decided";
  EXPECT_EQ(state(), TransactionState::kPrepareCommit);
  EXPECT_EQ(add(producer), code::kConcurrentTransactions);
  EXPECT_EQ(commit(producer).error, code::kConcurrentTransactions);
  EXPECT_EQ(abort(producer).error, code::kInvalidTxnState);
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, {}).error, code::kConcurrentTransactions);
  parties.unreachable.clear();
  network.run_for(1s);
  EXPECT_EQ(state(), TransactionState::kCompleteCommit);
  EXPECT_THAT(parties.told, ElementsAre("commit in-0 7/0", "commit out-0 7/0", "commit readers 7"));
  EXPECT_EQ(add(producer), code::kNone);
}

TEST_F(TransactionCoordinatorTest, ChangesNothingThatCannotBeKept) {
  const auto producer = begin();
  parties.cannot_save = true;
  EXPECT_EQ(add(producer), code::kCoordinatorNotAvailable);
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, {}).error, code::kCoordinatorNotAvailable);
  EXPECT_EQ(state(), TransactionState::kEmpty);
  parties.cannot_save = false;
  add(producer);
  parties.cannot_save = true;
  EXPECT_EQ(commit(producer).error, code::kCoordinatorNotAvailable);
  EXPECT_EQ(coordinator.init("t", kTimeoutMs, {}).error, code::kCoordinatorNotAvailable);
  EXPECT_EQ(state(), TransactionState::kOngoing);
  EXPECT_THAT(parties.told, IsEmpty());
  network.run_for(std::chrono::milliseconds(kTimeoutMs));
  EXPECT_EQ(state(), TransactionState::kOngoing) << "its time-out cannot be kept either";
  parties.cannot_save = false;
  network.run_for(std::chrono::milliseconds(kTimeoutMs));
  EXPECT_EQ(state(), TransactionState::kCompleteAbort);
}

TEST_F(TransactionCoordinatorTest, TellsWhatWasDecidedBeforeTheProcessEnded) {
  coordinator.restore({.id = "t",
                       .producer = {5, 3},
                       .timeout_ms = kTimeoutMs,
                       .state = TransactionState::kPrepareCommit,
                       .partitions = {{"in", 0}},
                       .groups = {"readers"}});
  coordinator.restore({.id = "open",
                       .producer = {6, 0},
                       .timeout_ms = kTimeoutMs,
                       .state = TransactionState::kOngoing,
                       .partitions = {{"out", 2}}});
  coordinator.resume();
  EXPECT_THAT(parties.told, ElementsAre("commit in-0 5/3", "commit readers 5"));
  network.run_for(std::chrono::milliseconds(kTimeoutMs));
  EXPECT_EQ(parties.told.back(), "abort out-2 6/1");
}

TEST_F(TransactionCoordinatorTest, LimitsTheGroupsOfATransaction) {
  const auto producer = begin();
  for (std::size_t i = 0; i < TransactionCoordinator::kMaxGroups; ++i) {
    ASSERT_EQ(coordinator.add_group("t", producer, std::to_string(i)), code::kNone);
  }
  EXPECT_EQ(coordinator.add_group("t", producer, "one more"), code::kInvalidRequest);
  EXPECT_EQ(coordinator.add_group("t", producer, "0"), code::kNone);
}

TEST_F(TransactionCoordinatorTest, MakesRoomForNewIdsAtTheCostOfThoseWithoutTransaction) {
  add(begin());
  for (std::size_t i = 1; i < TransactionCoordinator::kMaxTransactions; ++i) {
    begin("other " + std::to_string(i));
  }
  EXPECT_THAT(parties.forgotten, IsEmpty());
  begin("one more");
  EXPECT_THAT(parties.forgotten, ElementsAre("other 1"));
  EXPECT_EQ(state(), TransactionState::kOngoing);
}

}  // namespace
}  // namespace weir::broker
