#include "weir/streaming_context.h"

#include <gmock/gmock.h>

#include <map>

#include "stream/context_test.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

using StreamingContextTest = stream::ContextTest;

TEST_F(StreamingContextTest, WritesWhatItReadsAndCommitsIt) {
  make();
  plan::FakeOutput* output = write(strings().map([](std::string s) { return s + "!"; }));
  source->add(0, "a");
  source->add(0, "b");
  source->add(1, "c");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(output->values(), UnorderedElementsAre("a!", "b!", "c!"));
  EXPECT_THAT(source->committed, UnorderedElementsAre(Pair(0, 2), Pair(1, 1)));
  EXPECT_EQ(source->released, 3u);
  EXPECT_TRUE(source->closed && output->closed);
}

TEST_F(StreamingContextTest, KeepsOrderAndTimestampsWithinAPartition) {
  make();
  plan::FakeOutput* output = write(strings());
  for (const char* value : {"a", "b", "c", "d"}) source->add(1, value);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(output->values(), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(output->records[2].timestamp, 1002);
}

TEST_F(StreamingContextTest, CommitsOnlyAfterTheOutputIsAcknowledged) {
  make();
  plan::FakeOutput* output = write(strings());
  output->hold = true;
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() == 1; }));
  network.run_for(std::chrono::seconds(5));
  EXPECT_TRUE(source->committed.empty());
  output->let_go();
  EXPECT_TRUE(run_until([&] { return source->committed[0] == 1; }));
}

TEST_F(StreamingContextTest, FeedsSeveralOutputsFromOneComputation) {
  make();
  auto calls = context->accumulator("calls");
  auto mapped = strings().map([=](std::string s) {
    calls += 1;
    return s;
  });
  plan::FakeOutput* first = write(mapped);
  plan::FakeOutput* second = write(mapped.filter([](const std::string& s) { return s != "a"; }));
  source->add(0, "a");
  source->add(1, "b");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_EQ(calls.value(), 2);
  EXPECT_THAT(first->values(), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(second->values(), ElementsAre("b"));
}

TEST_F(StreamingContextTest, RetriesATaskWithoutATrace) {
  make();
  auto seen = context->accumulator("seen");
  auto attempts = std::make_shared<std::atomic<int>>(0);
  plan::FakeOutput* output = write(strings().map([=](std::string s) {
    seen += 1;
    if (s == "b" && ++*attempts < 4) throw std::runtime_error("not yet");
    return s;
  }));
  source->add(0, "a");
  source->add(0, "b");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(output->values(), ElementsAre("a", "b"));
  EXPECT_EQ(seen.value(), 2);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].failed_attempts, 3);
}

TEST_F(StreamingContextTest, StopsWithTheReasonWhenABatchFailsForGood) {
  make();
  write(strings().map(
      [](std::string s) -> std::string { throw std::runtime_error("cannot do " + s); }));
  source->add(1, "a");
  const Result<void> result = run_to_end();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("after 4 attempts"));
  EXPECT_THAT(result.error().message(), HasSubstr("partition 1 of topic in, offsets 0 to 1"));
  EXPECT_THAT(result.error().message(), HasSubstr("cannot do a"));
  EXPECT_TRUE(source->committed.empty());
  EXPECT_TRUE(reports.empty());
}

TEST_F(StreamingContextTest, NoLaterBatchCommitsPastAFailedOne) {
  make();
  plan::FakeOutput* output = write(strings());
  output->hold = true;
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() == 1; }));
  source->add(0, "b");
  ASSERT_TRUE(run_until([&] { return output->held() == 2; }));
  output->write_error = Error(ErrorCode::kUnavailable, "the topic is gone");
  output->let_go();
  const Result<void> result = context->await();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("the topic is gone"));
  EXPECT_TRUE(source->committed.empty());
}

TEST_F(StreamingContextTest, ReducesByKeyAcrossPartitions) {
  make();
  std::map<std::string, std::int64_t> counts;
  strings().count_by_value(3).for_each_batch(
      [&](const Dataset<std::pair<std::string, std::int64_t>>& batch) {
        for (const auto& [word, count] : batch) counts[word] += count;
      });
  for (const char* word : {"x", "y", "x"}) source->add(0, word);
  for (const char* word : {"x", "z"}) source->add(1, word);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(counts, UnorderedElementsAre(Pair("x", 3), Pair("y", 1), Pair("z", 1)));
}

TEST_F(StreamingContextTest, UnitesAndRepartitions) {
  make();
  auto all = strings();
  plan::FakeOutput* output =
      write(all.union_with(all.map([](std::string s) { return s + s; })).repartition(4));
  source->add(0, "a");
  source->add(1, "b");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(output->values(), UnorderedElementsAre("a", "aa", "b", "bb"));
}

TEST_F(StreamingContextTest, MapPartitionsSeesTheWholePartition) {
  make();
  plan::FakeOutput* output = write(strings().map_partitions([](std::vector<std::string> all) {
    return std::vector<std::string>{std::to_string(all.size())};
  }));
  for (int i = 0; i < 5; ++i) source->add(0, "a");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(output->values(), ElementsAre("5"));
}

TEST_F(StreamingContextTest, RunsEmptyBatchesAtMultiplesOfTheInterval) {
  make({.batch_interval = std::chrono::milliseconds(100)});
  std::vector<BatchTime> times;
  strings().for_each_batch([&](const auto& batch) { times.push_back(batch.time()); });
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return times.size() == 3; }));
  EXPECT_EQ(times[0].micros % 100000, 0);
  EXPECT_EQ(times[1].micros, times[0].micros + 100000);
  EXPECT_EQ(times[2].micros, times[0].micros + 200000);
}

TEST_F(StreamingContextTest, GivesBatchesTheirOffsetRanges) {
  make({.batch_interval = std::chrono::milliseconds(100)});
  std::vector<OffsetRange> ranges;
  strings().for_each_batch([&](const auto& batch) {
    for (const OffsetRange& range : batch.offset_ranges()) ranges.push_back(range);
  });
  source->add(1, "a");
  source->add(1, "b");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(ranges, ElementsAre(OffsetRange{"in", PartitionId{1}, Offset{0}, Offset{2}}));
}

TEST_F(StreamingContextTest, SkipsAndCountsBadRecordsWherePolicySaysSo) {
  make();
  auto node =
      detail::append_narrow(source_node, {"decode", detail::make_tee<std::int32_t>, false},
                            new detail::DecodeOperator<std::int32_t>(BadRecords::skip(), {}));
  plan::FakeOutput* output =
      write(DStream<std::int32_t>(node).map([](std::int32_t i) { return std::to_string(i); }));
  source->add(0, std::string("\0\0\0\7", 4));
  source->add(0, "garbage");
  source->add(0, std::string("\0\0\0\11", 4));
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(output->values(), ElementsAre("7", "9"));
  EXPECT_EQ(reports.at(0).records_skipped, 1);
}

TEST_F(StreamingContextTest, FailsOnBadRecordsByDefaultAndNamesTheRecord) {
  make();
  auto node = detail::append_narrow(source_node, {"decode", detail::make_tee<std::int32_t>, false},
                                    new detail::DecodeOperator<std::int32_t>({}, {}));
  write(DStream<std::int32_t>(node).map([](std::int32_t i) { return std::to_string(i); }));
  source->add(0, "garbage");
  const Result<void> result = run_to_end();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("topic in, partition 0, offset 0"));
  EXPECT_THAT(result.error().message(), HasSubstr("BadRecords::skip()"));
}

TEST_F(StreamingContextTest, LimitsTheRateOfEachPartition) {
  make({.batch_interval = std::chrono::milliseconds(100), .max_rate_per_partition = 20});
  plan::FakeOutput* output = write(strings());
  for (int i = 0; i < 100; ++i) source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  network.run_for(std::chrono::seconds(2));
  EXPECT_GE(output->records.size(), 30u);
  EXPECT_LE(output->records.size(), 40u);
}

TEST_F(StreamingContextTest, FinishesAndCommitsTheRunningBatchWhenItStopsGracefully) {
  make();
  plan::FakeOutput* output = write(strings());
  output->hold = true;
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() == 1; }));
  network.loop("job-driver").post([&] { output->let_go(); });
  context->stop();
  EXPECT_EQ(source->committed[0], 1);
  EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
}

TEST_F(StreamingContextTest, DropsTheRunningBatchWhenItStopsAtOnce) {
  make();
  plan::FakeOutput* output = write(strings());
  output->hold = true;
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() == 1; }));
  context->stop(/*gracefully=*/false);
  EXPECT_TRUE(source->committed.empty());
  EXPECT_TRUE(source->closed && output->closed);
}

TEST_F(StreamingContextTest, RefusesAPipelineWithoutOutput) {
  make();
  strings().map([](std::string s) { return s; });
  const Result<void> result = context->start();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("no output"));
  EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
}

TEST_F(StreamingContextTest, ReportsAllMistakesAtOnce) {
  make();
  context->accumulator("n");
  context->accumulator<double>("n");
  strings().repartition(0);
  const Result<void> result = context->start();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("3 mistakes"));
  EXPECT_THAT(result.error().message(), HasSubstr("repartition(): 0 partitions"));
}

TEST_F(StreamingContextTest, RefusesNonsenseOptions) {
  make({.batch_interval = std::chrono::milliseconds(-5)});
  write(strings());
  const Result<void> result = context->start();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("batch_interval is -5 ms"));
}

TEST_F(StreamingContextTest, StartFailsWhenASourceCannotBeReached) {
  make();
  plan::FakeOutput* output = write(strings());
  source->open_error = Error(ErrorCode::kUnavailable, "no broker answers at 127.0.0.1:1");
  const Result<void> result = context->start();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("no broker answers"));
  EXPECT_TRUE(source->closed && output->closed);
}

TEST_F(StreamingContextTest, StartTimesOutAndNamesWhoIsMissing) {
  make({.start_timeout = std::chrono::seconds(3)});
  write(strings());
  source->never_opens = true;
  const Result<void> result = context->start();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("fake source"));
  EXPECT_THAT(result.error().message(), HasSubstr("waited 3 s"));
}

TEST_F(StreamingContextTest, SC15_SC16_StartAndStopInEveryOrderAreDefined) {
  make();
  write(strings());
  context->stop();
  EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
  EXPECT_FALSE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  context->stop();
}

TEST_F(StreamingContextTest, SC13_ASecondStartIsAnErrorAndStopsNothing) {
  make();
  write(strings());
  ASSERT_TRUE(context->start().ok());
  EXPECT_FALSE(context->start().ok());
  EXPECT_EQ(context->state(), StreamingContext::State::kActive);
}

}  // namespace
}  // namespace weir
