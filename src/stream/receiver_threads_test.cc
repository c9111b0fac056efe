#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "stream/queue_core.h"
#include "stream/receiver_test.h"

namespace weir::stream {
namespace {

using namespace std::chrono_literals;
using Handle = ScriptedReceiver::Handle;

struct Taken {
  std::int64_t records = 0;
  std::int64_t most_in_a_batch = 0;
};

/// Takes what a receiver stores, on real threads, until it has stored all.
Taken take_all(ScriptedReceiver::Script script, ReceiverOptions options) {
  Taken taken;
  StreamingContext context({.workers = 2, .stop_at_end = true});
  receiver_stream(context,
                  std::make_unique<ScriptedReceiver>(std::move(script),
                                                     std::make_shared<ScriptedReceiver::Calls>()),
                  std::move(options))
      .for_each([](int) {});
  context.on_batch([&](const BatchReport& report) {
    taken.records += report.records_in;
    taken.most_in_a_batch = std::max(taken.most_in_a_batch, report.records_in);
  });
  EXPECT_TRUE(context.start().ok());
  EXPECT_TRUE(context.await().ok());
  return taken;
}

// Ten threads store a thousand records each, through a buffer of a few.
TEST(ReceiverThreads, IS7_ManyThreadsStoreThroughASmallBuffer) {
  const auto script = [](const Handle& handle, int) -> Result<void> {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 10; ++i) {
      threads.emplace_back([&handle] {
        for (int n = 0; n < 1000; ++n) EXPECT_TRUE(handle.store(1).ok());
      });
    }
    return {};
  };
  const Taken taken = take_all(script, {.buffer_bytes = 50 * sizeof(int)});
  EXPECT_EQ(taken.records, 10'000);
  EXPECT_LE(taken.most_in_a_batch, 50);  // no more was stored and not committed
}

TEST(ReceiverThreads, BlocksLargerThanTheBufferPass) {
  const auto script = [](const Handle& handle, int) -> Result<void> {
    for (int i = 0; i < 100; ++i) WEIR_RETURN_IF_ERROR(handle.store(std::vector(100, 1)));
    return {};
  };
  const Taken taken = take_all(script, {.buffer_bytes = 1});
  EXPECT_EQ(taken.records, 10'000);
  EXPECT_EQ(taken.most_in_a_batch, 100);
}

TEST(ReceiverThreads, AStopEndsAReceiverThatWaits) {
  const auto calls = std::make_shared<ScriptedReceiver::Calls>();
  std::promise<void> runs;
  StreamingContext context({});
  receiver_stream(context, std::make_unique<ScriptedReceiver>(
                               [&runs](const Handle& handle, int) -> Result<void> {
                                 EXPECT_FALSE(handle.wait_for_stop(1ns));
                                 runs.set_value();
                                 handle.wait_for_stop();
                                 EXPECT_TRUE(handle.wait_for_stop(1h));
                                 return {};
                               },
                               calls))
      .for_each([](int) {});
  ASSERT_TRUE(context.start().ok());
  runs.get_future().wait();
  context.stop();
  EXPECT_EQ(calls->starts, 1);
  EXPECT_EQ(calls->stops, 1);
}

TEST(ReceiverThreads, SC19_AGracefulStopTakesAllThatWasStored) {
  for (int round = 0; round < 4; ++round) {
    std::int64_t stored = 0;
    std::promise<void> much_is_stored;
    StreamingContext context({.batch_interval = 1ms, .workers = 2});
    const auto taken = context.accumulator("taken");
    const auto store_for_ever = [&](const Handle& handle, int) -> Result<void> {
      while (handle.store(1).ok()) {
        if (++stored == 1000) much_is_stored.set_value();
      }
      return {};
    };
    receiver_stream(context, std::make_unique<ScriptedReceiver>(
                                 store_for_ever, std::make_shared<ScriptedReceiver::Calls>()))
        .for_each([=](int) { taken += 1; });
    ASSERT_TRUE(context.start().ok());
    much_is_stored.get_future().wait();
    context.stop();
    EXPECT_EQ(taken.value(), stored);
  }
}

TEST(ReceiverThreads, SC20_AStopRightAfterTheStartEndsTheReceiver) {
  for (int round = 0; round < 20; ++round) {
    const auto calls = std::make_shared<ScriptedReceiver::Calls>();
    StreamingContext context({});
    receiver_stream(context, std::make_unique<ScriptedReceiver>(
                                 [](const Handle& handle, int) -> Result<void> {
                                   handle.wait_for_stop();
                                   return {};
                                 },
                                 calls))
        .for_each([](int) {});
    ASSERT_TRUE(context.start().ok());
    context.stop();
    EXPECT_EQ(context.state(), StreamingContext::State::kStopped);
    EXPECT_LE(calls->starts, 1);
  }
}

TEST(ReceiverThreads, AHandleThatOutlivesItsStreamDoesNoHarm) {
  std::optional<Handle> kept;
  {
    StreamingContext context({.stop_at_end = true});
    receiver_stream(context, std::make_unique<ScriptedReceiver>(
                                 [&](const Handle& handle, int) -> Result<void> {
                                   kept = handle;
                                   return {};
                                 },
                                 std::make_shared<ScriptedReceiver::Calls>()))
        .for_each([](int) {});
    ASSERT_TRUE(context.start().ok());
    ASSERT_TRUE(context.await().ok());
  }
  EXPECT_FALSE(kept->store(1).ok());
  kept->report_error("late");
  kept->restart("late");
  EXPECT_EQ(kept->wall_time(), WallTime{});
}

/// A block of so many records of one byte.
detail::QueueBlock bytes(std::size_t count) {
  detail::QueueBlock block;
  block.bytes = count;
  return block;
}

TEST(QueueCore, PushingWaitsWhileItIsFullUntilSomethingIsCommitted) {
  detail::QueueCore core;
  core.limit(100);
  EXPECT_TRUE(core.push(bytes(60), 60));
  EXPECT_TRUE(core.push(bytes(60), 60));
  std::atomic<bool> committed = false;
  std::jthread pushing([&] {
    EXPECT_TRUE(core.push(bytes(60), 60));
    EXPECT_TRUE(committed);
  });
  committed = true;
  static_cast<void>(core.forget_before(60));
}

TEST(QueueCore, WhoWaitsForRoomIsRefused) {
  detail::QueueCore core;
  core.limit(100);
  EXPECT_TRUE(core.push(bytes(100), 100));
  std::jthread pushing([&] { EXPECT_FALSE(core.push(bytes(1), 1)); });
  core.refuse();
}

}  // namespace
}  // namespace weir::stream
