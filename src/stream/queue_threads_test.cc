#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "weir/queue_stream.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

TEST(QueueThreads, SeveralThreadsPushWhileTheStreamRuns) {
  constexpr int kThreads = 3, kPushes = 200;
  std::atomic<std::int64_t> sum{0};
  const Queue<std::int64_t> queue;
  StreamingContext context({.workers = 2});
  queue_stream(context, queue, {.one_at_a_time = false})
      .repartition(2)
      .for_each([&](std::int64_t n) { sum += n; });
  ASSERT_TRUE(context.start().ok());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&queue] {
        for (std::int64_t n = 1; n <= kPushes; ++n) queue.push({n, n});
      });
    }
  }
  queue.close();
  ASSERT_TRUE(context.await().ok());
  EXPECT_EQ(sum, std::int64_t{kThreads} * kPushes * (kPushes + 1));
}

}  // namespace
}  // namespace weir
