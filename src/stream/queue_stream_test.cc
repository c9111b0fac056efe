#include "weir/queue_stream.h"

#include <gmock/gmock.h>

#include <thread>

#include "stream/context_test.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class QueueStreamTest : public testing::Test {
 protected:
  template <class T>
  using Seen = std::vector<std::vector<T>>;

  void make(StreamingOptions options) {
    context = std::make_unique<StreamingContext>(
        options, std::make_unique<exec::SimRuntime>(network, "job", 2));
  }
  template <class T>
  std::shared_ptr<Seen<T>> note(const DStream<T>& stream) {
    auto seen = std::make_shared<Seen<T>>();
    stream.for_each_batch([seen](const Dataset<T>& batch) { seen->push_back(batch.records()); });
    return seen;
  }

  net::SimNetwork network{7};
  std::unique_ptr<StreamingContext> context;
};

TEST_F(QueueStreamTest, EachBatchTakesOnePush) {
  make({.batch_interval = 1s});
  const Queue<std::string> queue;
  const auto seen = note(queue_stream(*context, queue));
  queue.push({"a", "b"});
  queue.push({"c"});
  ASSERT_TRUE(context->start().ok());
  network.run_for(3500ms);
  context->stop();
  ASSERT_THAT(*seen, SizeIs(testing::Ge(3)));
  EXPECT_THAT((*seen)[0], ElementsAre("a", "b"));
  EXPECT_THAT((*seen)[1], ElementsAre("c"));
  EXPECT_THAT((*seen)[2], IsEmpty());
}

TEST_F(QueueStreamTest, IS8_FivePushesAreInFiveBatches) {
  make({.batch_interval = 1s});
  const Queue<int> queue;
  const auto seen = note(queue_stream(*context, queue));
  for (int i = 1; i <= 5; ++i) queue.push({i});
  ASSERT_TRUE(context->start().ok());
  network.run_for(5100ms);
  context->stop();
  EXPECT_THAT(*seen, ElementsAre(ElementsAre(1), ElementsAre(2), ElementsAre(3), ElementsAre(4),
                                 ElementsAre(5)));
}

TEST_F(QueueStreamTest, IS9_OrAllThereIs) {
  make({.batch_interval = 1s});
  const Queue<int> queue;
  const auto seen = note(queue_stream(*context, queue, {.one_at_a_time = false}));
  for (int i = 1; i <= 3; ++i) queue.push({i});
  ASSERT_TRUE(context->start().ok());
  network.run_until([&] { return !seen->empty(); });
  for (int i = 4; i <= 5; ++i) queue.push({i});
  network.run_until([&] { return seen->size() == 2; });
  context->stop();
  EXPECT_THAT(*seen, ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5)));
}

TEST_F(QueueStreamTest, AStreamStopsWhenItsQueueIsClosedAndEmpty) {
  make({});
  const Queue<int> queue;
  const auto seen = note(queue_stream(*context, queue));
  ASSERT_TRUE(context->start().ok());
  queue.push({1});
  queue.push({2});
  queue.close();
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(*seen, ElementsAre(ElementsAre(1), ElementsAre(2)));
}

TEST_F(QueueStreamTest, StopAtEndTakesWhatWasThereAtTheStart) {
  make({.stop_at_end = true});
  const Queue<int> queue;
  const auto seen = note(queue_stream(*context, queue));
  queue.push({1, 2});
  ASSERT_TRUE(context->start().ok());
  queue.push({3});
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(*seen, ElementsAre(ElementsAre(1, 2)));
}

TEST_F(QueueStreamTest, ARateLimitDividesAPush) {
  make({.batch_interval = 1s, .max_rate_per_partition = 2});
  const Queue<int> queue;
  const auto seen = note(queue_stream(*context, queue));
  queue.push({1, 2, 3, 4, 5});
  ASSERT_TRUE(context->start().ok());
  network.run_for(4500ms);
  context->stop();
  std::vector<int> all;
  for (const auto& batch : *seen) {
    EXPECT_LE(batch.size(), 2u);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  EXPECT_THAT(all, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(QueueStreamTest, ATaskThatFailsReadsTheSameAgain) {
  make({});
  const Queue<std::string> queue;
  auto failures = std::make_shared<int>(2);
  const auto seen = note(queue_stream(*context, queue).map([failures](std::string s) {
    if ((*failures)-- > 0) throw std::runtime_error("not yet");
    return s + "!";
  }));
  queue.push({"a"});
  queue.close();
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(*seen, ElementsAre(ElementsAre("a!")));
}

TEST_F(QueueStreamTest, WhatIsCommittedIsLetGo) {
  make({});
  const Queue<std::shared_ptr<int>> queue;
  queue_stream(*context, queue).for_each([](const std::shared_ptr<int>&) {});
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = value;
  queue.push({std::exchange(value, nullptr)});
  ASSERT_TRUE(context->start().ok());
  network.run_for(1s);
  EXPECT_TRUE(alive.expired());
}

TEST_F(QueueStreamTest, APushAfterTheEndIsHarmless) {
  const Queue<int> queue;
  make({});
  note(queue_stream(*context, queue));
  ASSERT_TRUE(context->start().ok());
  context->stop();
  queue.push({1});
  context.reset();
  queue.push({2});
}

TEST_F(QueueStreamTest, ItCannotTakePartInTransactions) {
  make({.delivery = Delivery::kExactlyOnce});
  const Queue<int> queue;
  note(queue_stream(*context, queue));
  const Result<void> started = context->start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message(), testing::HasSubstr("queue cannot take part"));
}

}  // namespace
}  // namespace weir
