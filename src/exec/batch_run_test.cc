#include "exec/batch_run.h"

#include <stdexcept>

#include "exec/exec_test.h"

namespace weir::exec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Batches of what the source has.
class BatchRunTest : public ExecTest {
 protected:
  /// Makes a batch of all that was added, all of it for the first stage.
  void make(std::size_t memory_limit = 1'000'000) {
    BatchRun::Setup setup{&pipeline.graph(), &stages, {}, memory_limit};
    for (const auto& worker : workers) setup.workers.push_back(worker.get());
    BatchRun::Input input(stages.size());
    input[0] = take_all();
    run = std::make_shared<BatchRun>(setup, BatchTime{1'000'000}, std::move(input),
                                     [this] { ++changes; });
  }
  void run_all(std::size_t memory_limit = 1'000'000) {
    make(memory_limit);
    run->start();
    run_until_quiet();
  }
  DStream<std::string> counted(const DStream<std::string>& stream, const char* name) {
    auto seen = pipeline.accumulator(name);
    return stream.map([seen](std::string s) {
      seen += 1;
      return s;
    });
  }
  /// What the batch has added to an accumulator so far.
  std::int64_t value_of(std::string_view name) const {
    std::int64_t sum = 0;
    for (const auto& delta : run->totals().accumulated.all()) {
      if (delta.cell->name == name) sum += delta.integer;
    }
    return sum;
  }

  std::shared_ptr<BatchRun> run;
  int changes = 0;
};

TEST_F(BatchRunTest, IsOverWhenAllIsWritten) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  source->add(0, "a");
  source->add(1, "b");
  open();
  run_all();
  EXPECT_TRUE(run->ran());
  EXPECT_FALSE(run->over());
  output->let_go();
  run_until_quiet();
  EXPECT_TRUE(run->over() && run->result().ok());
  EXPECT_EQ(run->totals().records_out, 2);
  EXPECT_GT(changes, 0);
}

TEST_F(BatchRunTest, WithoutInputItRunsItsExchangesAllTheSame) {
  int batches = 0;
  strings().for_each_batch([&](const Dataset<std::string>& batch) {
    ++batches;
    EXPECT_TRUE(batch.empty());
  });
  open();
  run_all();
  EXPECT_TRUE(run->over() && run->result().ok());
  EXPECT_EQ(batches, 1);
}

TEST_F(BatchRunTest, IsOverAtOnceWhereThereIsNothingToDo) {
  plan::write_to_fake(strings());
  open();
  make();
  run->start();
  EXPECT_TRUE(run->over());
}

TEST_F(BatchRunTest, JoinsTheRangesOfSlicesThatFollowEachOther) {
  plan::write_to_fake(strings());
  for (const char* value : {"a", "b", "c"}) source->add(1, value);
  source->add(0, "d");
  open();
  run_all();
  EXPECT_THAT(run->ranges(), ElementsAre(OffsetRange{"in", PartitionId{0}, Offset{0}, Offset{1}},
                                         OffsetRange{"in", PartitionId{1}, Offset{0}, Offset{3}}));
  EXPECT_THAT(run->slices()[0], SizeIs(4));
}

TEST_F(BatchRunTest, DeliversInTheOrderOfPartitionsWhicheverWorkerIsFirst) {
  std::vector<std::string> order;
  strings().for_each_batch([&](const Dataset<std::string>& batch) { order = batch.records(); });
  // The more tasks a worker has, the later it reports.
  for (const char* value : {"a", "b", "c"}) source->add(0, value);
  for (const char* value : {"d", "e"}) source->add(1, value);
  open();
  run_all();
  EXPECT_THAT(order, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(BatchRunTest, KeepsTheOrderOfAUnionsParents) {
  const auto marked = [this](const std::string& mark) {
    return strings().map([mark](const std::string& s) { return s + mark; });
  };
  const auto first = marked("1");
  const auto second = marked("2");
  const auto moved = strings().repartition(1);
  std::vector<std::string> order;
  second.union_with({first.union_with(moved), second})
      .for_each_batch([&](const Dataset<std::string>& batch) { order = batch.records(); });
  source->add(0, "a");
  source->add(0, "b");
  source->add(1, "c");
  open();
  run_all();
  EXPECT_THAT(order,
              ElementsAre("a2", "b2", "c2", "a1", "b1", "c1", "a", "b", "c", "a2", "b2", "c2"));
}

TEST_F(BatchRunTest, RunsAStageBehindAllThatFeedIt) {
  std::vector<std::string> order;
  const auto note = [&](const char* name) {
    return [&order, name](std::string s) {
      order.push_back(name);
      return s;
    };
  };
  plan::write_to_fake(strings()
                          .map(note("first"))
                          .repartition(2)
                          .map(note("second"))
                          .repartition(1)
                          .map(note("third")));
  source->add(0, "a");
  source->add(1, "b");
  open();
  run_all();
  EXPECT_THAT(order, ElementsAre("first", "first", "second", "second", "third", "third"));
}

TEST_F(BatchRunTest, HoldsWhatFeedingStagesDoUntilAllOfThemHaveRun) {
  const auto first = counted(strings(), "first");
  plan::FakeOutput* early = plan::write_to_fake(first);
  bool early_was_empty = false;
  std::int64_t first_was = -1;
  plan::write_to_fake(first.repartition(2)
                          .map([&](std::string s) {
                            early_was_empty = early->values().empty();
                            first_was = value_of("first");
                            return s;
                          })
                          .repartition(2));
  source->add(0, "a");
  open();
  run_all();
  EXPECT_TRUE(early_was_empty);
  EXPECT_EQ(first_was, 0);
  EXPECT_TRUE(run->over() && run->result().ok());
  EXPECT_THAT(early->values(), ElementsAre("a"));
  EXPECT_EQ(value_of("first"), 1);
}

TEST_F(BatchRunTest, LeavesNoTraceWhenItOverruns) {
  const auto first = counted(strings(), "first");
  plan::FakeOutput* early = plan::write_to_fake(first);
  plan::FakeOutput* late = plan::write_to_fake(first.repartition(2).repartition(2));
  for (int i = 0; i < 10; ++i) source->add(0, std::string(100, 'x'));
  open();
  run_all(/*memory_limit=*/1500);
  EXPECT_TRUE(run->ran() && run->over() && run->overran());
  EXPECT_EQ(run->result().error().code(), ErrorCode::kResourceExhausted);
  EXPECT_GT(run->memory_peak(), 1500u);
  EXPECT_THAT(early->values(), IsEmpty());
  EXPECT_THAT(late->values(), IsEmpty());
  EXPECT_EQ(value_of("first"), 0);
}

TEST_F(BatchRunTest, BlocksCountUntilTheyAreRead) {
  // What a stage reads and what it makes are held at once, but no more.
  plan::write_to_fake(strings().repartition(1).repartition(1).repartition(1));
  source->add(0, std::string(1000, 'x'));
  open();
  run_all();
  EXPECT_TRUE(run->result().ok());
  EXPECT_GE(run->memory_peak(), 2000u);
  EXPECT_LT(run->memory_peak(), 3000u);
}

TEST_F(BatchRunTest, FailsWithTheReasonOfAFailedTask) {
  plan::FakeOutput* output = plan::write_to_fake(strings().repartition(2).map([](std::string s) {
    throw std::runtime_error("never");
    return s;
  }));
  source->add(0, "a");
  open();
  run_all();
  EXPECT_TRUE(run->over());
  EXPECT_FALSE(run->overran());
  EXPECT_THAT(run->result().error().message(), HasSubstr("stage \"repartition\""));
  EXPECT_THAT(run->result().error().message(), HasSubstr("never"));
  EXPECT_THAT(output->values(), IsEmpty());
}

TEST_F(BatchRunTest, FailsWithTheReasonOfOutputThatWasNotWritten) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->write_error = Error(ErrorCode::kUnavailable, "gone");
  source->add(0, "a");
  open();
  run_all();
  EXPECT_TRUE(run->over());
  EXPECT_EQ(run->result().error().message(), "gone");
}

TEST_F(BatchRunTest, EndsWhenItIsCancelledThoughItsOutputIsStuck) {
  plan::FakeOutput* output = plan::write_to_fake(strings());
  output->hold = true;
  for (int i = 0; i < 5; ++i) source->add(0, std::string(kOutputBytes, 'x'));
  open();
  run_all();
  EXPECT_FALSE(run->ran());
  run->cancel(Error(ErrorCode::kUnavailable, "the topic is gone"));
  run_until_quiet();
  EXPECT_TRUE(run->ran() && run->over());
  EXPECT_EQ(run->result().error().code(), ErrorCode::kAborted);
}

TEST_F(BatchRunTest, MayBeDroppedWhileItsTasksReport) {
  plan::write_to_fake(strings().repartition(2));
  source->add(0, "a");
  open();
  make();
  run->start();
  run.reset();
  run_until_quiet();
  EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace weir::exec
