#include "stream/batch_queue.h"

#include "exec/exec_test.h"

namespace weir::stream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Batches named 1000, 2000, ... us, of what the source has when they are begun.
class BatchQueueTest : public exec::ExecTest {
 protected:
  /// Begins a batch of one record and runs its tasks.
  std::shared_ptr<exec::BatchRun> begin(const std::string& value,
                                        std::size_t memory_limit = 1'000'000) {
    source->add(0, value);
    exec::BatchRun::Setup setup{&pipeline.graph(), &stages, {}, memory_limit};
    for (const auto& worker : workers) setup.workers.push_back(worker.get());
    exec::BatchRun::Input input(stages.size());
    input[0] = take_all();
    begun_ += 1000;
    auto run = std::make_shared<exec::BatchRun>(setup, BatchTime{begun_}, std::move(input),
                                                [this] { ++changes; });
    queue.start(run);
    run_until_quiet();
    return run;
  }
  /// Advances until nothing more happens.
  Result<void> advance() {
    Result<void> result = queue.advance();
    run_until_quiet();
    return result.ok() ? queue.advance() : result;
  }

  BatchQueue queue{
      {&pipeline.graph(), &network.loop("driver"), [this] { ++changes; },
       [this](const BatchReport& report, const exec::BatchRun&) { reports.push_back(report); },
       [this](const exec::BatchRun& run) { given_up.push_back(run.result().error().message()); }}};
  std::vector<BatchReport> reports;
  std::vector<std::string> given_up;
  int changes = 0;

 private:
  std::int64_t begun_ = 0;
};

TEST_F(BatchQueueTest, CommitsABatchWhenAllIsWritten) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  open();
  begin("a");
  ASSERT_TRUE(advance().ok());
  EXPECT_THAT(source->committed, IsEmpty());
  EXPECT_EQ(queue.unwritten(), 1);
  EXPECT_EQ(queue.bytes(), 1u);
  output->let_go();
  run_until_quiet();
  ASSERT_TRUE(advance().ok());
  EXPECT_THAT(source->committed, ElementsAre(Pair(0, 1)));
  EXPECT_EQ(source->released, 1u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST_F(BatchQueueTest, ReportsWhatACommittedBatchDid) {
  plan::write_to_fake(strings());
  open();
  begin("a");
  ASSERT_TRUE(advance().ok());
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].time, BatchTime{1000});
  EXPECT_THAT(reports[0].ranges,
              ElementsAre(OffsetRange{"in", PartitionId{0}, Offset{0}, Offset{1}}));
  EXPECT_EQ(reports[0].records_in, 1);
  EXPECT_EQ(reports[0].records_out, 1);
}

TEST_F(BatchQueueTest, CommitsInTheOrderInWhichBatchesBegan) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  open();
  begin("a");
  begin("b");
  output->let_go_one(1);
  run_until_quiet();
  ASSERT_TRUE(advance().ok());
  EXPECT_EQ(queue.unwritten(), 1);
  EXPECT_THAT(source->commit_order, IsEmpty());
  output->let_go_one(0);
  run_until_quiet();
  ASSERT_TRUE(advance().ok());
  EXPECT_THAT(source->commit_order, ElementsAre(1000, 2000));
  EXPECT_EQ(reports.size(), 2u);
}

TEST_F(BatchQueueTest, CommitsNothingPastABatchThatFailed) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  open();
  begin("a");
  begin("b");
  output->let_go_one(1);
  output->write_error = Error(ErrorCode::kUnavailable, "gone");
  output->let_go_one(0);
  run_until_quiet();
  EXPECT_EQ(advance().error().message(), "gone");
  queue.drop(Error(ErrorCode::kUnavailable, "gone"));
  ASSERT_TRUE(advance().ok());
  EXPECT_TRUE(queue.empty());
  EXPECT_THAT(source->commit_order, IsEmpty());
  EXPECT_THAT(reports, IsEmpty());
  EXPECT_THAT(given_up, testing::Each(testing::HasSubstr("before it had ended: gone")));
  EXPECT_EQ(given_up.size(), 2u);
}

TEST_F(BatchQueueTest, FailsWhereACommitFails) {
  plan::write_to_fake(strings());
  open();
  source->commit_error = Error(ErrorCode::kAborted, "another member has the partitions");
  begin("a");
  EXPECT_EQ(advance().error().message(), "another member has the partitions");
  EXPECT_THAT(reports, IsEmpty());
}

TEST_F(BatchQueueTest, RunsUntilTheTasksOfTheYoungestHaveEnded) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  open();
  EXPECT_FALSE(queue.runs());
  begin(std::string(kOutputBytes + 1, 'x'));
  EXPECT_FALSE(queue.runs());
  begin("waits for the output");
  EXPECT_TRUE(queue.runs());
  output->let_go();
  run_until_quiet();
  EXPECT_FALSE(queue.runs());
}

TEST_F(BatchQueueTest, GivesABatchThatHasEndedOnce) {
  plan::write_to_fake(strings());
  open();
  EXPECT_EQ(queue.take_ended(), nullptr);
  const auto run = begin("a");
  EXPECT_EQ(queue.take_ended(), run);
  EXPECT_EQ(queue.take_ended(), nullptr);
  EXPECT_FALSE(queue.empty());
}

TEST_F(BatchQueueTest, ABatchThatOverranCanBeWithdrawnAndThoseBeforeItStay) {
  plan::FakeOutput* output = plan::write_to_fake(strings().repartition(1));
  output->hold = true;
  open();
  begin("a");
  const auto run = begin("does not fit", /*memory_limit=*/10);
  EXPECT_EQ(queue.take_ended(), run);
  EXPECT_TRUE(run->overran());
  queue.withdraw();
  output->let_go();
  run_until_quiet();
  ASSERT_TRUE(advance().ok());
  EXPECT_TRUE(queue.empty());
  EXPECT_THAT(source->commit_order, ElementsAre(1000));
}

TEST_F(BatchQueueTest, DropsBatchesOnceTheirTasksHaveEnded) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  open();
  begin(std::string(kOutputBytes + 1, 'x'));
  begin("waits for the output");
  queue.drop(Error(ErrorCode::kUnavailable, "gone"));
  ASSERT_TRUE(queue.advance().ok());
  EXPECT_FALSE(queue.empty());
  ASSERT_TRUE(advance().ok());
  EXPECT_TRUE(queue.empty());
  EXPECT_THAT(source->commit_order, IsEmpty());
}

}  // namespace
}  // namespace weir::stream
