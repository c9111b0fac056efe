#include "kafka/transactional_id.h"

#include <array>

#include "kafka/transactional_id_testing.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::SizeIs;
namespace kafka_code = wire::kafka_code;

TEST_F(TransactionalIdTest, SpeaksTheOlderProtocol) {
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(identity_.transactional_id, "tx");
  EXPECT_EQ(who(), "7/0 older");
  EXPECT_EQ(add({kT0, kU0, kT1}), "ok");
  EXPECT_EQ(add_group(), "ok");
  EXPECT_EQ(end(true), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/0 older");
  EXPECT_EQ(add({kT1}), "ok");
  EXPECT_EQ(end(false), "ok");
  EXPECT_THAT(said(), ElementsAre("init tx -1/-1 45000 ms", "add 7/0: t-0 t-1 u-0", "group 7/0: g",
                                  "commit 7/0 v4", "add 7/0: t-1", "abort 7/0 v4"));
  EXPECT_THAT(coordinator_.ends, ElementsAre("commit", "abort"));
  EXPECT_THAT(troubles_, IsEmpty());
}

TEST_F(TransactionalIdTest, SpeaksTheNewerProtocolAndTakesTheEpochFromTheEnd) {
  coordinator_.set_transaction_version(2);
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/0 newer");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/1 newer");
  coordinator_.write();
  EXPECT_EQ(end(false), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/2 newer");
  EXPECT_THAT(said(), ElementsAre("init tx -1/-1 45000 ms", "commit 7/0 v5", "abort 7/1 v5"));
}

TEST_F(TransactionalIdTest, GoesOnUnderANewIdWhenTheEpochsAreUsedUp) {
  coordinator_.epoch = 32765;
  open_newer();
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/32766 newer");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "8/0 newer");
  EXPECT_THAT(said(), ElementsAre("commit 7/32766 v5", "commit 8/0 v5"));
}

TEST_F(TransactionalIdTest, AsksForTheNewIdAgainWhenTheAnswerWithItWasLost) {
  coordinator_.epoch = 32765;
  open_newer();
  lose({Fault::kLostAfter});
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_THAT(said(), ElementsAre("commit 7/32766 v5", "commit 7/32766 v5", "commit 8/0 v5"));
  EXPECT_THAT(coordinator_.ends, ElementsAre("commit", "commit"));
}

TEST_F(TransactionalIdTest, TakesTheOlderProtocolWhereABrokerLacksARequestOfTheNewer) {
  coordinator_.set_transaction_version(2);
  coordinator_.limit_end_txn(4);
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/0 older");
}

TEST_F(TransactionalIdTest, FollowsTheFeatureBothWaysUnderANewEpoch) {
  open_older();
  EXPECT_EQ(commit_one(), "ok");
  coordinator_.set_transaction_version(2);
  EXPECT_EQ(commit_one(), "ok");
  network_.run_for(61s);
  EXPECT_EQ(commit_one(), "ok");  // looks meanwhile
  EXPECT_EQ(who(), "7/0 older");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/1 newer");
  coordinator_.set_transaction_version(1);
  network_.run_for(61s);
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/2 newer");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/4 older");
  EXPECT_THAT(said(), ElementsAre("add 7/0: t-0", "commit 7/0 v4", "add 7/0: t-0", "commit 7/0 v4",
                                  "add 7/0: t-0", "commit 7/0 v4", "init tx 7/0 45000 ms",
                                  "commit 7/1 v5", "commit 7/2 v5", "init tx 7/3 45000 ms",
                                  "add 7/4: t-0", "commit 7/4 v4"));
}

TEST_F(TransactionalIdTest, LooksAtTheFeatureOnceAMinuteWithoutWaiting) {
  open_older();
  const std::size_t before = coordinator_.looks();
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(coordinator_.looks(), before);
  network_.run_for(61s);
  bool begun = false;
  id_->begin([&](const auto&) { begun = true; });
  EXPECT_TRUE(begun);
  EXPECT_EQ(end(false), "ok");
  network_.run_for(1s);
  EXPECT_EQ(coordinator_.looks(), before + 1);
  EXPECT_EQ(commit_one(), "ok");
  network_.run_for(1s);
  EXPECT_EQ(coordinator_.looks(), before + 1);
}

TEST_F(TransactionalIdTest, TakesANewEpochWhereTheEndWasAnsweredInAnOlderVersion) {
  open_newer();
  coordinator_.limit_end_txn(4);
  network_.break_connections("two");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_THAT(said(), ElementsAre("commit 7/0 v4", "init tx 7/0 45000 ms"));
}

TEST_F(TransactionalIdTest, EndsATransactionThatNothingWasAddedToByItself) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(end(true), "ok");
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_THAT(said(), ElementsAre("add 7/0: t-0", "commit 7/0 v4"));
}

TEST_F(TransactionalIdTest, BeginsAnotherInPlaceOfOneThatWasWithdrawn) {
  for (const std::int16_t version : {1, 2}) {
    coordinator_.set_transaction_version(version);
    ASSERT_EQ(open(), "ok");
    said();
    EXPECT_EQ(begin(), "ok");
    id_->withdraw();
    EXPECT_EQ(commit_one(), "ok");
    EXPECT_EQ(said().back(), version == 2 ? "commit 7/1 v5" : "commit 7/0 v4");
    EXPECT_THAT(coordinator_.ends, SizeIs(version));
  }
}

TEST_F(TransactionalIdTest, TakesOverAgainAsLongAsThatMayHelp) {
  refuse({kafka_code::kConcurrentTransactions, kafka_code::kCoordinatorLoadInProgress,
          kafka_code::kNotCoordinator, kafka_code::kCoordinatorNotAvailable,
          kafka_code::kRequestTimedOut});
  lose({Fault::kLostBefore, Fault::kLostAfter});
  EXPECT_EQ(open(), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/1 older");
  EXPECT_THAT(said(), AllOf(SizeIs(8), Each("init tx -1/-1 45000 ms")));
  EXPECT_THAT(
      troubles_,
      ElementsAre(HasSubstr("taking over transactional id 'tx' failed"),
                  HasSubstr("NOT_COORDINATOR"), HasSubstr("COORDINATOR_NOT_AVAILABLE"),
                  HasSubstr("REQUEST_TIMED_OUT"), HasSubstr("InitProducerId to broker 2"), ""));
}

TEST_F(TransactionalIdTest, WaitsBrieflyAtFirstWhereTheLastTransactionIsBeingCompleted) {
  refuse({51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51, 51});
  EXPECT_EQ(open(), "ok");
  const auto& at = coordinator_.said_at;
  EXPECT_THAT(at[1] - at[0], AllOf(Ge(800us), Le(4ms)));
  EXPECT_THAT(at[12] - at[11], AllOf(Ge(80ms), Le(124ms)));
  EXPECT_THAT(troubles_, IsEmpty());
  coordinator_.said_at.clear();
  EXPECT_EQ(begin(), "ok");
  refuse({51});
  EXPECT_EQ(add({kT0}), "ok");
  EXPECT_THAT(at[1] - at[0], AllOf(Ge(240us), Le(2ms)));
}

TEST_F(TransactionalIdTest, TellsOfATransactionThatIsNotCompletedForLong) {
  for (int i = 0; i < 30; ++i) refuse({kafka_code::kConcurrentTransactions});
  EXPECT_EQ(open(), "ok");
  EXPECT_THAT(troubles_, ElementsAre(HasSubstr("CONCURRENT_TRANSACTIONS"), ""));
}

TEST_F(TransactionalIdTest, AddsAgainWhatMayBeAddedLater) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  refuse({kafka_code::kConcurrentTransactions, kafka_code::kUnknownTopicOrPartition,
          kafka_code::kCoordinatorLoadInProgress});
  EXPECT_EQ(add({kT0, kT1}), "ok");
  refuse({kafka_code::kConcurrentTransactions, kafka_code::kCoordinatorLoadInProgress});
  EXPECT_EQ(add_group(), "ok");
  EXPECT_EQ(end(true), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/0 older");
  EXPECT_EQ(coordinator_.count("add 7/0: t-0 t-1"), 4);
  EXPECT_EQ(coordinator_.count("group 7/0: g"), 3);
}

TEST_F(TransactionalIdTest, EveryUnknownOutcomeLeadsToANewEpochInTheOlderProtocol) {
  open_older();
  const auto faults =
      std::to_array<Fault>({{Fault::kLostBefore, 0},
                            {Fault::kLostAfter, 0},
                            {Fault::kRefused, kafka_code::kRequestTimedOut},
                            {Fault::kRefused, kafka_code::kNotCoordinator},
                            {Fault::kRefused, kafka_code::kCoordinatorNotAvailable}});
  std::int16_t epoch = 0;
  for (const Fault& fault : faults) {
    for (int step = 0; step < 3; ++step) {
      EXPECT_EQ(begin(), "ok");
      EXPECT_EQ(identity_.producer.epoch, epoch++);
      if (step == 0) coordinator_.faults = {fault};
      EXPECT_EQ(add({kT0}), "ok");
      if (step == 1) coordinator_.faults = {fault};
      EXPECT_EQ(add_group(), "ok");
      if (step == 2) coordinator_.faults = {fault};
      EXPECT_EQ(end(true), "ok");
    }
  }
  EXPECT_EQ(coordinator_.ends.size(), 15u);
  EXPECT_THAT(coordinator_.ends, Each("commit"));
}

TEST_F(TransactionalIdTest, TakesANewEpochAfterACallOfAnotherWasLost) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(add({kT0}), "ok");
  id_->note_lost_call();
  EXPECT_EQ(end(false), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/1 older");
  EXPECT_THAT(said(), ElementsAre("add 7/0: t-0", "abort 7/0 v4", "init tx 7/0 45000 ms"));
  EXPECT_EQ(end(false), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/1 older");
}

TEST_F(TransactionalIdTest, NeedsNoOtherEpochThanTheEndsInTheNewerProtocol) {
  open_newer();
  EXPECT_EQ(begin(), "ok");
  id_->note_lost_call();
  coordinator_.write();
  lose({Fault::kLostAfter, Fault::kLostBefore});
  EXPECT_EQ(end(true), "ok");
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/1 newer");
  EXPECT_THAT(said(), ElementsAre("commit 7/0 v5", "commit 7/0 v5", "commit 7/0 v5"));
  EXPECT_THAT(coordinator_.ends, ElementsAre("commit"));
}

TEST_F(TransactionalIdTest, AsksForANewEpochOfTheSameOneUntilItIsAnswered) {
  open_older();
  id_->note_lost_call();
  lose({Fault::kLostAfter, Fault::kLostBefore});
  refuse({kafka_code::kConcurrentTransactions});
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(who(), "7/1 older");
  EXPECT_THAT(said(), AllOf(SizeIs(4), Each("init tx 7/0 45000 ms")));
}

TEST_F(TransactionalIdTest, GoesWhereTheCoordinatorMoves) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(add({kT0}), "ok");
  coordinator_.move_to("one");
  EXPECT_EQ(end(true), "ok");
  EXPECT_EQ(cluster_.one.count("EndTxnRequest"), 1);
  EXPECT_EQ(cluster_.two.count("EndTxnRequest"), 1);
  EXPECT_THAT(coordinator_.ends, ElementsAre("commit"));
}

TEST_F(TransactionalIdTest, DropsATransactionWhenItIsTakenOverAnew) {
  open_older();
  EXPECT_EQ(begin(), "ok");
  EXPECT_EQ(add({kT0}), "ok");
  for (int i = 0; i < 50; ++i) refuse({kafka_code::kUnknownTopicOrPartition});
  id_->add_partitions({kT1}, [](const auto&) { ADD_FAILURE() << "it was dropped"; });
  network_.run_for(250ms);
  coordinator_.faults.clear();
  EXPECT_EQ(open(), "ok");
  EXPECT_THAT(coordinator_.ends, ElementsAre("abort"));
  said();
  EXPECT_EQ(commit_one(), "ok");
  EXPECT_EQ(who(), "7/2 older");
  network_.run_for(1min);
  EXPECT_THAT(said(), ElementsAre("add 7/2: t-0", "commit 7/2 v4"));
}

TEST_F(TransactionalIdTest, OnlyTheLastOfTwoTakeoversIsAnswered) {
  id_->open([](const auto&) { ADD_FAILURE() << "it was dropped"; });
  network_.run_for(2ms);
  EXPECT_EQ(open(), "ok");
  network_.run_for(1min);
}

TEST_F(TransactionalIdTest, MayBeDestroyedInAnyHandler) {
  const std::function<void(plan::Done)> calls[] = {
      [&](const plan::Done& done) { id_->open(done); },
      [&](const plan::Done& done) { id_->begin([done](const auto&) { done({}); }); },
      [&](const plan::Done& done) { id_->add_partitions({kT0}, done); },
      [&](const plan::Done& done) { id_->add_group("g", done); },
      [&](const plan::Done& done) { id_->end(true, done); }};
  for (std::size_t last = 0; last < std::size(calls); ++last) {
    for (const bool refused : {false, true}) {
      id_ = std::make_unique<TransactionalId>(context_, metadata_, TransactionalIdOptions{"tx"},
                                              [](const auto&) {});
      for (std::size_t i = 0; i < last; ++i) ASSERT_EQ(outcome_of(calls[i]), "ok");
      if (refused) coordinator_.faults = {{Fault::kRefused, kafka_code::kInvalidTxnState}};
      EXPECT_THAT(outcome_of([&](const plan::Done& done) {
                    calls[last]([this, done](const Result<void>& outcome) {
                      const Result<void> kept = outcome;
                      id_.reset();
                      done(kept);
                    });
                  }),
                  Not("still under way"));
      network_.run_for(1s);
      coordinator_.faults.clear();
    }
  }
}

TEST_F(TransactionalIdTest, MayBeDestroyedWhenItTellsTrouble) {
  int told = 0;
  id_ = std::make_unique<TransactionalId>(context_, metadata_, TransactionalIdOptions{"tx"},
                                          [&](const std::string&) {
                                            if (++told == 2) id_.reset();
                                          });
  refuse({kafka_code::kRequestTimedOut});
  id_->open([](const auto&) { ADD_FAILURE() << "it was dropped"; });
  ASSERT_TRUE(network_.run_until([&] { return id_ == nullptr; }));
  network_.run_for(1min);
}

}  // namespace
}  // namespace weir::kafka
