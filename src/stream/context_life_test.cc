#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

#include "stream/context_test.h"

namespace weir {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// What the user's own functions, and calls in any order, do to a context.
class ContextLifeTest : public stream::ContextTest {
 protected:
  /// A context that writes all it reads.
  void make_simple() {
    make();
    output = write(strings());
  }
  plan::FakeOutput* output = nullptr;
};

TEST_F(ContextLifeTest, AListenerThatThrowsStopsTheStreamWithItsReason) {
  make_simple();
  context->on_batch([](const BatchReport&) { throw std::runtime_error("disk full"); });
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  const Result<void> result = context->await();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message(), "a listener of on_batch() threw: disk full");
  EXPECT_EQ(source->committed[0], 1);
  EXPECT_TRUE(source->closed && output->closed);
}

TEST_F(ContextLifeTest, AListenerMayThrowAnything) {
  make_simple();
  context->on_batch([](const BatchReport&) { throw 7; });
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  EXPECT_THAT(context->await().error().message(), HasSubstr("no std::exception"));
}

TEST_F(ContextLifeTest, AListenerKeepsItsStateFromBatchToBatch) {
  make_simple();
  std::vector<int> counts;
  context->on_batch([&, n = 0](const BatchReport&) mutable { counts.push_back(++n); });
  ASSERT_TRUE(context->start().ok());
  for (std::int64_t i = 1; i <= 3; ++i) {
    source->add(0, "a");
    ASSERT_TRUE(run_until([&] { return source->committed[0] == i; }));
  }
  context->stop();
  EXPECT_THAT(counts, ElementsAre(1, 2, 3));
}

TEST_F(ContextLifeTest, AListenerMayStopTheStream) {
  make_simple();
  context->on_batch([this](const BatchReport&) { context->stop(); });
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
}

TEST_F(ContextLifeTest, AFunctionOfThePipelineMayStopTheStream) {
  make();
  strings().for_each([this](const std::string&) { context->stop(); });
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  EXPECT_EQ(source->committed[0], 1);
}

TEST_F(ContextLifeTest, AwaitInAFunctionOfThePipelineIsAnError) {
  make();
  std::string message;
  strings().for_each(
      [&, this](const std::string&) { message = context->await().error().message(); });
  source->add(0, "a");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(message, HasSubstr("would wait for itself"));
}

TEST_F(ContextLifeTest, ALogThatThrowsLosesItsLineOnly) {
  StreamingOptions options;
  options.log = [](std::string_view, std::string_view) { throw std::runtime_error("no log"); };
  make(options);
  output = write(strings());
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  source->host().on_trouble("the broker is away");
  source->set_finished();
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(output->values(), ElementsAre("a"));
}

TEST_F(ContextLifeTest, AFunctionOfWholeBatchesSeesTheSameBatchAtEachAttempt) {
  make();
  auto seen = context->accumulator("seen");
  std::vector<std::vector<std::string>> attempts;
  strings().for_each_batch([&, seen](const Dataset<std::string>& batch) {
    seen += static_cast<std::int64_t>(batch.size());
    attempts.push_back(batch.records());
    if (attempts.size() < 4) throw std::runtime_error("not yet");
  });
  source->add(0, "a");
  source->add(1, "b");
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(attempts, SizeIs(4));
  EXPECT_THAT(attempts, Each(ElementsAre("a", "b")));
  EXPECT_EQ(seen.value(), 2);
}

TEST_F(ContextLifeTest, AFunctionOfWholeBatchesThatKeepsThrowingStopsTheStream) {
  make();
  strings().for_each_batch(
      [](const Dataset<std::string>&) { throw std::runtime_error("no table"); });
  source->add(0, "a");
  const Result<void> result = run_to_end();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("after 4 attempts"));
  EXPECT_THAT(result.error().message(), HasSubstr("no table"));
  EXPECT_TRUE(source->committed.empty());
}

TEST_F(ContextLifeTest, AStopAtOnceDoesNotWaitForAnOutputThatIsStuck) {
  make({.memory_bytes = std::size_t{4} << 20});
  output = write(strings());
  output->hold = true;
  for (int i = 0; i < 10; ++i) source->add(0, std::string(1'000'000, 'x'));
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() > 0; }));
  network.run_for(std::chrono::seconds(1));
  context->stop(/*gracefully=*/false);
  EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
  EXPECT_TRUE(source->committed.empty());
}

TEST_F(ContextLifeTest, EmptyBatchesDoNotPileUpBehindAnOutputThatIsStuck) {
  make({.batch_interval = std::chrono::milliseconds(10)});
  std::vector<std::int64_t> begun;
  strings().for_each_batch([&](const auto& batch) { begun.push_back(batch.time().micros); });
  output = write(strings());
  output->hold = true;
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() == 1; }));

  network.run_for(std::chrono::seconds(30));
  EXPECT_LT(begun.size(), 300);
  EXPECT_TRUE(reports.empty());

  output->let_go();
  network.run_for(std::chrono::seconds(1));
  EXPECT_GE(reports.size(), 3000);  // each interval has had its batch
  for (std::size_t i = 1; i < begun.size(); ++i) ASSERT_EQ(begun[i], begun[i - 1] + 10'000) << i;
}

TEST_F(ContextLifeTest, AStopWhileItStartsAbortsTheStart) {
  make_simple();
  source->never_opens = true;
  network.loop("job-driver").post([this] { context->stop(); });
  EXPECT_EQ(context->start().error().code(), ErrorCode::kAborted);
  EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
  EXPECT_TRUE(source->closed && output->closed);
}

TEST_F(ContextLifeTest, AwaitBeforeTheStartDoesNotWait) {
  make_simple();
  EXPECT_TRUE(context->await().ok());
  EXPECT_EQ(context->state(), StreamingContext::State::kInitialized);
}

TEST_F(ContextLifeTest, AwaitTellsTheReasonEachTime) {
  make_simple();
  source->read_error = Error(ErrorCode::kCorrupt, "wrong CRC");
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  EXPECT_THAT(context->await().error().message(), HasSubstr("wrong CRC"));
  context->stop();
  EXPECT_THAT(context->await().error().message(), HasSubstr("wrong CRC"));
}

TEST_F(ContextLifeTest, AStopAtOnceOvertakesAGracefulOne) {
  make_simple();
  output->hold = true;
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return output->held() == 1; }));
  network.loop("job-driver").post([this] { context->stop(/*gracefully=*/true); });
  network.run_for(std::chrono::seconds(1));
  EXPECT_EQ(context->state(), StreamingContext::State::kActive);
  context->stop(/*gracefully=*/false);
  EXPECT_TRUE(source->committed.empty());
}

TEST_F(ContextLifeTest, MayEndWhileItIsActive) {
  make_simple();
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  context.reset();
}

TEST_F(ContextLifeTest, AccumulatorsCountOnAfterTheContextHasEnded) {
  make();
  const auto seen = context->accumulator("seen");
  strings().for_each([=](const std::string&) { seen += 1; });
  source->add(0, "a");
  ASSERT_TRUE(run_to_end().ok());
  seen += 1;
  context.reset();
  seen += 1;
  EXPECT_EQ(seen.value(), 3);
}

TEST_F(ContextLifeTest, SC26_ContextsInOneProcessDoNotDisturbEachOther) {
  make_simple();
  plan::FakeOutput* first_output = output;
  plan::FakeSource* first_source = source;
  const auto first_seen = context->accumulator("seen");
  const auto first = std::move(context);
  make();
  const auto seen = context->accumulator("seen");
  strings().for_each([=](const std::string&) {
    seen += 1;
    throw std::runtime_error("never");
  });
  ASSERT_TRUE(first->start().ok());
  ASSERT_TRUE(context->start().ok());
  source->add(0, "a");
  EXPECT_FALSE(context->await().ok());
  first_source->add(0, "b");
  ASSERT_TRUE(run_until([&] { return first_source->committed[0] == 1; }));
  EXPECT_THAT(first_output->values(), ElementsAre("b"));
  EXPECT_EQ(first->state(), StreamingContext::State::kActive);
  EXPECT_EQ(first_seen.value(), 0);
}

/// A context on real threads, with nothing to read.
std::unique_ptr<StreamingContext> make_on_threads() {
  auto context = std::make_unique<StreamingContext>(StreamingOptions{.workers = 2});
  plan::write_to_fake(plan::fake_strings(
      detail::append_source(*context, std::make_unique<plan::FakeSource>("in", 2))));
  return context;
}

TEST(ContextOnThreads, MayBeStartedStoppedAndWatchedFromSeveralThreads) {
  for (int round = 0; round < 20; ++round) {
    const auto context = make_on_threads();
    Result<void> started;
    {
      const std::jthread starts([&] { started = context->start(); });
      const std::jthread waits([&] { static_cast<void>(context->await()); });
      const std::jthread looks([&] { EXPECT_EQ(context->status().batches, 0); });
      const std::jthread stops([&] { context->stop(); });
    }
    EXPECT_EQ(context->state(), StreamingContext::State::kStopped);
    EXPECT_FALSE(context->start().ok());
  }
}

TEST(ContextOnThreads, AListenerMayStopTheStream) {
  auto context = std::make_unique<StreamingContext>(
      StreamingOptions{.batch_interval = std::chrono::milliseconds(1)});
  plan::write_to_fake(plan::fake_strings(
      detail::append_source(*context, std::make_unique<plan::FakeSource>("in", 1))));
  context->on_batch([&](const BatchReport&) { context->stop(); });
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
}

}  // namespace
}  // namespace weir
