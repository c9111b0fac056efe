// Spark's StreamingContextSuite and JobGeneratorSuite, so far as a context of weir is theirs: each
// test is named after the row of the conformance suite that it is (docs/parity.md).

#include <gmock/gmock.h>

#include <stdexcept>

#include "stream/context_test.h"
#include "weir/dataset_operations.h"
#include "weir/stateful_stream.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Life = StreamingContext::State;

class ContextRows : public stream::ContextTest {
 protected:
  /// Writes all it reads, in a batch a second.
  void make_copier() {
    make({.batch_interval = 1s});
    output = write(strings());
  }
  static std::string message_of(const Result<void>& result) {
    return result.ok() ? "" : result.error().message();
  }
  plan::FakeOutput* output = nullptr;
};

TEST_F(ContextRows, SC4_ItHasTheOptionsThatItIsMadeWith) {
  make({.app = "words", .batch_interval = 2s, .workers = 3, .checkpoint = "some/where"});
  const StreamingOptions& options = context->options();
  EXPECT_EQ(options.app, "words");
  EXPECT_EQ(options.batch_interval, 2s);
  EXPECT_EQ(options.workers, 3);
  EXPECT_EQ(options.checkpoint, "some/where");
}

TEST_F(ContextRows, SC9_IsInitializedThenActiveThenStopped) {
  make_copier();
  EXPECT_EQ(context->state(), Life::kInitialized);
  ASSERT_TRUE(context->start().ok());
  EXPECT_EQ(context->state(), Life::kActive);
  context->stop();
  EXPECT_EQ(context->state(), Life::kStopped);
  EXPECT_FALSE(context->start().ok());
  EXPECT_EQ(context->state(), Life::kStopped);
}

TEST_F(ContextRows, SC11_StateNeedsNoCheckpoint) {
  make();
  const auto count = [](const std::vector<int>& values, const std::optional<int>& sum) {
    return std::optional(sum.value_or(0) + static_cast<int>(values.size()));
  };
  strings()
      .map([](std::string word) { return std::pair(std::move(word), 1); })
      .update_state_by_key(count)
      .for_each([](const auto&) {});
  EXPECT_TRUE(context->start().ok());
}

TEST_F(ContextRows, SC11_AStartThatFailsLeavesItStopped) {
  make();
  EXPECT_FALSE(context->start().ok());  // nothing is done with the stream
  EXPECT_EQ(context->state(), Life::kStopped);
  EXPECT_THAT(message_of(context->start()), HasSubstr("stopped"));
}

TEST_F(ContextRows, SC14_MayBeStoppedTwice) {
  make_copier();
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  context->stop();
  context->stop(/*gracefully=*/false);
  context->stop();
  EXPECT_EQ(context->state(), Life::kStopped);
  EXPECT_TRUE(context->await().ok());
}

TEST_F(ContextRows, SC17_WhatABatchHeldCanBeComputedWithAfterTheStop) {
  make();
  Dataset<int> kept;
  strings()
      .map([](const std::string& s) { return std::stoi(s); })
      .for_each_batch([&](const auto& batch) { kept = batch; });
  std::vector<std::string> numbers;
  for (int i = 1; i <= 100; ++i) numbers.push_back(std::to_string(i));
  source->add_piece(0, numbers);
  ASSERT_TRUE(run_to_end().ok());
  context.reset();
  EXPECT_EQ(kept.sum(), 5050);
}

TEST_F(ContextRows, SC23_AwaitForReturnsNothingWhileItRuns) {
  make_copier();
  ASSERT_TRUE(context->start().ok());
  const TimePoint before = network.clock().now();
  EXPECT_FALSE(context->await_for(500ms));
  EXPECT_EQ(network.clock().now() - before, 500ms);
  context->stop();
  EXPECT_TRUE(context->await_for(500ms)->ok());
  EXPECT_EQ(network.clock().now() - before, 500ms);
}

TEST_F(ContextRows, SC23_AwaitReturnsWhenItIsStopped) {
  make_copier();
  ASSERT_TRUE(context->start().ok());
  const net::Timer stopping =
      network.loop("job-driver").call_after(10s, [this] { context->stop(); });
  const TimePoint before = network.clock().now();
  EXPECT_TRUE(context->await().ok());
  EXPECT_GE(network.clock().now() - before, 10s);
  EXPECT_TRUE(context->await().ok());
}

TEST_F(ContextRows, SC23_AwaitTellsWhatATaskThrew) {
  make({.batch_interval = 1s});
  strings().for_each([](const std::string&) { throw std::runtime_error("no disk"); });
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  EXPECT_THAT(message_of(context->await()), HasSubstr("no disk"));
  EXPECT_THAT(message_of(*context->await_for(1s)), HasSubstr("no disk"));
}

TEST_F(ContextRows, SC23_AwaitTellsWhyASourceCannotGoOn) {
  make_copier();
  ASSERT_TRUE(context->start().ok());
  source->host().on_failure(Error(ErrorCode::kUnavailable, "the topic is gone"));
  EXPECT_THAT(message_of(context->await()), HasSubstr("the topic is gone"));
}

TEST_F(ContextRows, SC30_AnInputThatNoOutputNeedsDoesNoHarm) {
  make_copier();
  auto unused = std::make_unique<plan::FakeSource>("unused", 1);
  unused->add(0, "never read");
  detail::append_source(*context, std::move(unused));
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return source->committed[0] == 1; }));
  context->stop();
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(output->values(), ElementsAre("a"));
}

TEST_F(ContextRows, SC32_AGracefulStopBearsAClockThatWasSetFarForward) {
  make_copier();
  source->add(0, "a");
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return source->committed[0] == 1; }));
  source->add(1, "b");
  network.jump_wall_clock(std::chrono::years(1000));
  context->stop();
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(output->values(), testing::IsSupersetOf({"a"}));
}

// A slow batch keeps what it reads, and so do those that wait behind it.
TEST_F(ContextRows, JG1_WhatABatchReadsIsKeptUntilItIsCommitted) {
  make_copier();
  ASSERT_TRUE(context->start().ok());
  for (std::int64_t i = 1; i <= 10; ++i) {
    output->hold = i >= 3;
    source->add(0, std::to_string(i));
    network.run_for(1s);
    EXPECT_EQ(source->committed[0], std::min<std::int64_t>(i, 2));
    EXPECT_EQ(source->released, static_cast<std::size_t>(std::min<std::int64_t>(i, 2)));
  }
  output->hold = false;
  output->let_go();
  ASSERT_TRUE(run_until([&] { return source->committed[0] == 10; }));
  network.run_for(1s);
  EXPECT_EQ(source->released, 10u);
  EXPECT_THAT(output->values(), ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"));
}

}  // namespace
}  // namespace weir
