#include "exec/task_run.h"

#include <stdexcept>

#include "exec/exec_test.h"
#include "plan/current_task.h"
#include "weir/task_error.h"

namespace weir::exec {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TaskRunTest : public ExecTest {
 protected:
  std::unique_ptr<TaskRun> attempt(const Task& task) {
    return std::make_unique<TaskRun>(TaskRun::Place{pipeline.graph(), 0, loop}, batch, task);
  }
  /// Adds "a", runs a task over it once, and returns why that failed.
  Error failure() {
    source->add(1, "a");
    open(1);
    const Task task = take_tasks().at(0);
    return attempt(task)->run().error();
  }
  plan::Done count_acknowledged() {
    return [this](const Result<void>& result) {
      ++acknowledged;
      if (!result.ok()) written = result;
    };
  }

  std::shared_ptr<BatchFacts> batch = make_batch();
  std::shared_ptr<LoopHandle> loop = std::make_shared<LoopHandle>(network.loop("worker-0"));
  StageOutcome outcome;
  int acknowledged = 0;
  Result<void> written;
};

TEST_F(TaskRunTest, AnExceptionOfTheUsersIsARetriableErrorThatNamesTheTask) {
  strings().for_each([](const std::string&) { throw std::runtime_error("no luck"); });
  const Error error = failure();
  EXPECT_EQ(error.code(), ErrorCode::kUserFunction);
  EXPECT_TRUE(error.retriable());
  EXPECT_THAT(error.message(), HasSubstr("batch 1000000 us, stage \"fake source\", partition 1"));
  EXPECT_THAT(error.message(), HasSubstr("of topic in, offsets 0 to 1: "));
  EXPECT_THAT(error.message(), HasSubstr("a function of the pipeline threw: no luck"));
}

TEST_F(TaskRunTest, WhateverTheUserThrowsIsCaught) {
  strings().for_each([](const std::string&) { throw 7; });
  const Error error = failure();
  EXPECT_TRUE(error.retriable());
  EXPECT_THAT(error.message(), HasSubstr("threw something that is no std::exception"));
}

TEST_F(TaskRunTest, AnExceptionAtTheEndOfTheInputIsCaught) {
  strings()
      .map_partitions([](const std::vector<std::string>& all) {
        throw std::runtime_error("at the end");
        return all;
      })
      .for_each([](const std::string&) {});
  EXPECT_THAT(failure().message(), HasSubstr("at the end"));
}

/// A function that throws when it is copied, once told to.
struct ThrowsWhenCopied {
  ThrowsWhenCopied(ThrowsWhenCopied&&) = default;
  ThrowsWhenCopied(const ThrowsWhenCopied& other) : throws(other.throws) {
    if (*throws) throw std::runtime_error("no copy");
  }
  explicit ThrowsWhenCopied(std::shared_ptr<bool> when) : throws(std::move(when)) {}
  void operator()(const std::string&) const {}
  std::shared_ptr<bool> throws;
};

TEST_F(TaskRunTest, AFunctionThatCannotBeCopiedIsCaught) {
  const auto throws = std::make_shared<bool>(false);
  strings().for_each(ThrowsWhenCopied(throws));
  *throws = true;
  const Error error = failure();
  EXPECT_TRUE(error.retriable());
  EXPECT_THAT(error.message(), HasSubstr("no copy"));
}

TEST_F(TaskRunTest, AnErrorOfTheEnginesOwnIsNotTriedAgain) {
  strings().for_each(
      [](const std::string&) { throw detail::TaskError(Error(ErrorCode::kCorrupt, "garbage")); });
  const Error error = failure();
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_FALSE(error.retriable());
  EXPECT_THAT(error.message(), AllOf(HasSubstr("partition 1"), HasSubstr("garbage")));
}

TEST_F(TaskRunTest, AFailedReadIsTheTasksError) {
  strings().for_each([](const std::string&) {});
  source->read_error = Error(ErrorCode::kCorrupt, "wrong CRC");
  EXPECT_THAT(failure().message(), HasSubstr("wrong CRC"));
}

TEST_F(TaskRunTest, LeavesNoTraceWithoutCommit) {
  auto seen = pipeline.accumulator("seen");
  const auto counted = strings().map([=](std::string s) {
    seen += 1;
    return s;
  });
  plan::FakeOutput* output = plan::write_to_fake(counted);
  plan::write_to_fake(counted.repartition(2));
  source->add(0, "a");
  open(1);
  const Task task = take_tasks().at(0);
  {
    const auto run = attempt(task);
    ASSERT_TRUE(run->run().ok());
    EXPECT_GT(batch->memory.peak(), 0u);
  }
  run_until_quiet();
  EXPECT_EQ(seen.value(), 0);
  EXPECT_THAT(output->values(), IsEmpty());
  EXPECT_TRUE(batch->memory.add(batch->memory.limit())) << "the attempt's blocks still count";
}

TEST_F(TaskRunTest, CommitsOutputAccumulatorsAndCounts) {
  auto seen = pipeline.accumulator("seen");
  plan::FakeOutput* output = plan::write_to_fake(strings().map([=](std::string s) {
    seen += 1;
    return s + "!";
  }));
  source->add_piece(0, {"a", "b"});
  open(1);
  const Task task = take_tasks().at(0);
  const auto run = attempt(task);
  ASSERT_TRUE(run->run().ok());
  EXPECT_EQ(seen.value(), 0);
  run->commit(outcome, count_acknowledged());
  outcome.accumulated.publish();
  EXPECT_EQ(seen.value(), 2);
  EXPECT_EQ(outcome.records_in, 2);
  EXPECT_EQ(outcome.records_out, 2);
  EXPECT_EQ(outcome.submitted, 1);
  EXPECT_EQ(acknowledged, 0);
  run_until_quiet();
  EXPECT_EQ(acknowledged, 1);
  EXPECT_THAT(output->values(), ElementsAre("a!", "b!"));
}

TEST_F(TaskRunTest, SubmitsNothingWhereNothingWasWritten) {
  plan::write_to_fake(strings().filter([](const std::string&) { return false; }));
  source->add(0, "a");
  open(1);
  const Task task = take_tasks().at(0);
  const auto run = attempt(task);
  ASSERT_TRUE(run->run().ok());
  run->commit(outcome, count_acknowledged());
  EXPECT_EQ(outcome.submitted, 0);
}

TEST_F(TaskRunTest, HandsItsBlocksOverWithTheMemoryTheyHold) {
  plan::write_to_fake(strings().repartition(2));
  source->add_piece(1, {"a", "b", "c"});
  open(1);
  const Task task = take_tasks().at(0);
  auto run = attempt(task);
  ASSERT_TRUE(run->run().ok());
  run->hand_over(outcome);
  run.reset();
  std::vector<std::int32_t> targets;
  std::size_t bytes = 0;
  for (const Delivery& delivery : outcome.deliveries) {
    targets.push_back(delivery.target.value);
    bytes += delivery.block->memory_bytes();
    EXPECT_EQ(delivery.from.value, 1);
  }
  EXPECT_THAT(targets, ElementsAre(0, 1));
  EXPECT_EQ(batch->memory.peak(), bytes);
  EXPECT_FALSE(batch->memory.add(batch->memory.limit() - bytes + 1));
}

TEST_F(TaskRunTest, FailsForGoodWhenItsBlocksDoNotFit) {
  batch = make_batch(/*memory_limit=*/20);
  plan::write_to_fake(strings().repartition(2));
  const Error error = failure();
  EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(error.retriable());
  EXPECT_THAT(error.message(), HasSubstr("need more than 20 bytes"));
  EXPECT_TRUE(batch->memory.overran());
}

TEST_F(TaskRunTest, HeldOutputCountsUntilItIsCommitted) {
  batch = make_batch(/*memory_limit=*/10);
  plan::write_to_fake(strings());
  source->add(0, "12345678");
  open(1);
  const Task task = take_tasks().at(0);
  {
    const auto first = attempt(task);
    ASSERT_TRUE(first->run().ok() && first->hold_back().ok());
    const auto second = attempt(task);
    ASSERT_TRUE(second->run().ok());
    EXPECT_EQ(second->hold_back().error().code(), ErrorCode::kResourceExhausted);
  }
  EXPECT_TRUE(batch->memory.add(10));
}

/// Takes a hold in the task and keeps what ends it.
struct Holding {
  std::shared_ptr<std::vector<std::function<void(Result<void>)>>> ends =
      std::make_shared<std::vector<std::function<void(Result<void>)>>>();
  void operator()(const std::string&) const { ends->push_back(plan::current_task()->hold()); }
};

TEST_F(TaskRunTest, AHoldThatEndsAfterTheCommitIsAcknowledgedThen) {
  const Holding holding;
  strings().for_each(holding);
  source->add(0, "a");
  open(1);
  const Task task = take_tasks().at(0);
  const auto run = attempt(task);
  ASSERT_TRUE(run->run().ok());
  run->commit(outcome, count_acknowledged());
  run_until_quiet();
  EXPECT_EQ(outcome.submitted, 1);
  EXPECT_EQ(acknowledged, 0);
  holding.ends->at(0)(Error(ErrorCode::kTimedOut, "not written"));
  run_until_quiet();
  EXPECT_EQ(acknowledged, 1);
  EXPECT_EQ(written.error().message(), "not written");
}

TEST_F(TaskRunTest, AHoldThatEndsBeforeTheCommitIsAcknowledgedWithIt) {
  const Holding holding;
  strings().for_each(holding);
  source->add(0, "a");
  open(1);
  const Task task = take_tasks().at(0);
  const auto run = attempt(task);
  ASSERT_TRUE(run->run().ok());
  holding.ends->at(0)({});
  run_until_quiet();
  run->commit(outcome, count_acknowledged());
  EXPECT_EQ(acknowledged, 0) << "never from inside commit()";
  run_until_quiet();
  EXPECT_EQ(acknowledged, 1);
}

TEST_F(TaskRunTest, AHoldOfAnAttemptThatFailedIsForgotten) {
  const Holding holding;
  strings().for_each(holding);
  source->add(0, "a");
  open(1);
  const Task task = take_tasks().at(0);
  ASSERT_TRUE(attempt(task)->run().ok());
  holding.ends->at(0)(Error(ErrorCode::kTimedOut, "not written"));
  run_until_quiet();
  EXPECT_EQ(acknowledged, 0);
}

TEST_F(TaskRunTest, AHoldMayEndAfterItsWorkerHas) {
  const Holding holding;
  strings().for_each(holding);
  source->add(0, "a");
  open(1);
  const Task task = take_tasks().at(0);
  ASSERT_TRUE(attempt(task)->run().ok());
  loop->end();
  holding.ends->at(0)({});
  run_until_quiet();
  EXPECT_EQ(acknowledged, 0);
}

}  // namespace
}  // namespace weir::exec
