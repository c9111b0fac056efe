#include "exec/worker.h"

#include <stdexcept>

#include "exec/exec_test.h"

namespace weir::exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// One worker and the orders of one batch.
class WorkerTest : public ExecTest {
 protected:
  void order(std::vector<Task> tasks, bool hold = false) {
    workers[0]->order({batch, std::move(tasks), hold,
                       [this](StageOutcome outcome) { outcomes.push_back(std::move(outcome)); },
                       [this](int count, const Result<void>& result) {
                         acknowledged += count;
                         if (!result.ok()) written = result;
                       }});
  }
  /// Notes each record that is processed.
  DStream<std::string> noted() {
    return strings().map([this](std::string s) {
      notes.push_back(s);
      return s;
    });
  }
  void add(const std::vector<std::string>& values) {
    for (const std::string& value : values) source->add(0, value);
  }
  /// What the tasks have added to accumulators.
  std::int64_t added() const {
    std::int64_t sum = 0;
    for (const StageOutcome& outcome : outcomes) {
      for (const auto& delta : outcome.accumulated.all()) sum += delta.integer;
    }
    return sum;
  }
  static std::string large(char fill) { return std::string(kOutputBytes * 3 / 5, fill); }

  std::shared_ptr<BatchFacts> batch = make_batch();
  std::vector<std::string> notes;
  std::vector<StageOutcome> outcomes;
  int acknowledged = 0;
  Result<void> written;
};

TEST_F(WorkerTest, RunsLargeTasksWithTheLoopsOtherWorkBetween) {
  strings().for_each([this](const std::string& s) {
    notes.emplace_back(1, s.front());
    site.workers[0]->post([this] { notes.push_back("other work"); });
  });
  add({std::string(300'000, 'a'), "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_THAT(notes, ElementsAre("a", "other work", "b", "other work"));
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_EQ(outcomes[0].records_in, 2);
}

TEST_F(WorkerTest, RunsSmallTasksInOneTurn) {
  noted().for_each([this](const std::string&) {
    site.workers[0]->post([this] { notes.push_back("other work"); });
  });
  add({"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_THAT(notes, ElementsAre("a", "b", "other work", "other work"));
}

TEST_F(WorkerTest, TriesAFailedTaskAgainUpToFourTimes) {
  int left = 3;
  auto seen = pipeline.accumulator("seen");
  plan::FakeOutput* output = plan::write_to_fake(strings().map([&, seen](std::string s) {
    seen += 1;
    if (s == "b" && left-- > 0) throw std::runtime_error("not yet");
    return s;
  }));
  source->add_piece(0, {"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_EQ(outcomes.at(0).failed_attempts, 3);
  EXPECT_TRUE(outcomes[0].result.ok());
  EXPECT_THAT(output->values(), ElementsAre("a", "b"));
  EXPECT_EQ(added(), 2);
}

TEST_F(WorkerTest, GivesUpAfterFourAttemptsAndRunsNoLaterTask) {
  plan::FakeOutput* output = plan::write_to_fake(noted().map([](std::string s) {
    if (s.front() == 'b') throw std::runtime_error("never");
    return s;
  }));
  add({"a", "b", "c"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_THAT(notes, ElementsAre("a", "b", "b", "b", "b"));
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_THAT(outcomes[0].result.error().message(), HasSubstr("after 4 attempts: batch"));
  EXPECT_THAT(outcomes[0].result.error().message(), HasSubstr("never"));
  EXPECT_THAT(output->values(), ElementsAre("a"));
}

TEST_F(WorkerTest, DoesNotTryAgainWhatCannotSucceed) {
  noted().for_each([](const std::string&) {});
  add({"a"});
  open(1);
  source->read_error = Error(ErrorCode::kCorrupt, "wrong CRC");
  order(take_tasks());
  run_until_quiet();
  EXPECT_EQ(outcomes.at(0).failed_attempts, 0);
  EXPECT_THAT(outcomes[0].result.error().message(), testing::StartsWith("batch 1000000 us"));
}

TEST_F(WorkerTest, WaitsWhileAnOutputHasTooMuchUnacknowledged) {
  plan::FakeOutput* output = plan::write_to_fake(noted());
  output->hold = true;
  add({large('a'), large('b'), large('c'), large('d')});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_THAT(notes, SizeIs(2));
  EXPECT_THAT(outcomes, IsEmpty());
  output->let_go();
  run_until_quiet();
  EXPECT_THAT(notes, SizeIs(4));
  EXPECT_THAT(outcomes, SizeIs(1));
}

TEST_F(WorkerTest, ReportsAcknowledgementsAlsoBeforeTheLastTaskHasEnded) {
  plan::FakeOutput* output = plan::write_to_fake(noted());
  output->hold = true;
  add({large('a'), large('b'), large('c')});
  open(1);
  order(take_tasks());
  run_until_quiet();
  output->hold = false;
  output->let_go();
  EXPECT_THAT(outcomes, IsEmpty());
  run_until_quiet();
  EXPECT_EQ(acknowledged, 3);
  EXPECT_EQ(outcomes.at(0).submitted, 3);
}

TEST_F(WorkerTest, TellsThatOutputCouldNotBeWritten) {
  plan::FakeOutput* output = plan::write_to_fake(noted());
  output->write_error = Error(ErrorCode::kUnavailable, "the topic is gone");
  add({"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_EQ(acknowledged, 2);
  EXPECT_EQ(written.error().message(), "the topic is gone");
}

TEST_F(WorkerTest, OutputThatCannotEvenBeSubmittedFailsTheStage) {
  plan::FakeOutput* output = plan::write_to_fake(noted());
  output->submit_error = Error(ErrorCode::kInternal, "cannot be compressed");
  add({"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_THAT(outcomes.at(0).result.error().message(), HasSubstr("1: cannot be compressed"));
  EXPECT_EQ(outcomes[0].submitted, 0);
  EXPECT_THAT(notes, ElementsAre("a"));
}

TEST_F(WorkerTest, BeginsNoTaskOfACancelledBatch) {
  noted().for_each([this](const std::string&) { batch->cancelled = true; });
  add({"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  EXPECT_THAT(notes, ElementsAre("a"));
  EXPECT_THAT(outcomes, SizeIs(1));
}

TEST_F(WorkerTest, ACancelledBatchWaitsForNoOutput) {
  plan::FakeOutput* output = plan::write_to_fake(noted());
  output->hold = true;
  add({large('a'), large('b'), large('c')});
  open(1);
  order(take_tasks());
  run_until_quiet();
  ASSERT_THAT(outcomes, IsEmpty());
  batch->cancelled = true;
  workers[0]->look_again();
  run_until_quiet();
  EXPECT_THAT(outcomes, SizeIs(1));
  EXPECT_THAT(notes, SizeIs(2));
}

TEST_F(WorkerTest, KeepsWhatHeldTasksDidUntilItIsReleased) {
  auto seen = pipeline.accumulator("seen");
  plan::FakeOutput* output = plan::write_to_fake(strings().map([=](std::string s) {
    seen += 1;
    return s;
  }));
  add({"a", "b"});
  open(1);
  order(take_tasks(), /*hold=*/true);
  run_until_quiet();
  EXPECT_THAT(outcomes, SizeIs(1));
  EXPECT_THAT(output->values(), IsEmpty());
  EXPECT_EQ(added(), 0);
  workers[0]->release(batch);
  run_until_quiet();
  EXPECT_THAT(output->values(), ElementsAre("a", "b"));
  EXPECT_EQ(added(), 2);
  ASSERT_THAT(outcomes, SizeIs(2));
  EXPECT_EQ(outcomes[0].records_in + outcomes[0].submitted, 0);
  EXPECT_EQ(outcomes[1].records_in, 2);
  EXPECT_EQ(outcomes[1].submitted, 2);
  EXPECT_EQ(acknowledged, 2);
}

TEST_F(WorkerTest, ReleasesNoFasterThanTheOutputTakes) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  add({large('a'), large('b'), large('c'), large('d')});
  open(1);
  order(take_tasks(), /*hold=*/true);
  workers[0]->release(batch);
  run_until_quiet();
  EXPECT_THAT(outcomes, SizeIs(1));
  workers[0]->release(batch);
  run_until_quiet();
  EXPECT_EQ(output->held(), 2u);
  output->hold = false;
  output->let_go();
  run_until_quiet();
  EXPECT_THAT(output->values(), SizeIs(4));
  EXPECT_THAT(outcomes, SizeIs(2));
}

TEST_F(WorkerTest, DropsWhatIsHeldOfACancelledBatch) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  add({"a", "b"});
  open(1);
  order(take_tasks(), /*hold=*/true);
  run_until_quiet();
  batch->cancelled = true;
  workers[0]->release(batch);
  run_until_quiet();
  EXPECT_THAT(output->values(), IsEmpty());
  EXPECT_THAT(outcomes, SizeIs(2));
  EXPECT_EQ(outcomes[1].submitted, 0);
}

TEST_F(WorkerTest, ReleasesOneBatchAndHoldsTheOther) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  add({"a"});
  open(1);
  order(take_tasks(), /*hold=*/true);
  const auto other = std::exchange(batch, make_batch());
  add({"b"});
  order(take_tasks(), /*hold=*/true);
  run_until_quiet();
  workers[0]->release(batch);
  run_until_quiet();
  EXPECT_THAT(output->values(), ElementsAre("b"));
  workers[0]->release(other);
  run_until_quiet();
  EXPECT_THAT(output->values(), ElementsAre("b", "a"));
}

TEST_F(WorkerTest, RunsATaskThatWritesTooMuchAgainInSmallerOnes) {
  auto seen = pipeline.accumulator("seen");
  plan::FakeOutput* output = plan::write_to_fake(strings().map([seen](std::string s) {
    seen += 1;
    return std::string(kOutputBytes * 2 / 5, s.front());
  }));
  source->add_piece(0, {"a", "b", "c", "d", "e"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_TRUE(outcomes[0].result.ok());
  EXPECT_EQ(outcomes[0].records_in, 5);
  EXPECT_EQ(outcomes[0].failed_attempts, 0);
  std::string written_letters;
  for (const auto& record : output->records) written_letters += record.value.front();
  EXPECT_EQ(written_letters, "abcde");
  EXPECT_EQ(added(), 5);
}

TEST_F(WorkerTest, LetsOneRecordWriteAsMuchAsItLikes) {
  plan::FakeOutput* output = plan::write_to_fake(
      strings().map([](const std::string&) { return std::string(kOutputBytes + 1, 'x'); }));
  source->add_piece(0, {"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_TRUE(outcomes[0].result.ok());
  EXPECT_THAT(output->records, SizeIs(2));
}

TEST_F(WorkerTest, LeavesATaskWholeThatMustSeeItsWholePartition) {
  plan::FakeOutput* output =
      plan::write_to_fake(strings().map_partitions([](std::vector<std::string> all) {
        for (std::string& s : all) s.resize(kOutputBytes);
        return all;
      }));
  source->add_piece(0, {"a", "b"});
  open(1);
  order(take_tasks());
  run_until_quiet();
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_TRUE(outcomes[0].result.ok());
  EXPECT_THAT(output->records, SizeIs(2));
}

}  // namespace
}  // namespace weir::exec
