#include "stream/signal_watch.h"

#include <gtest/gtest.h>

#include <atomic>

namespace weir::stream {
namespace {

void wait_for(const std::atomic<int>& value, int wanted) {
  for (int now = value; now < wanted; now = value) value.wait(now);
}

TEST(SignalWatch, TellsEveryWatchAndCounts) {
  std::atomic<int> first = 0;
  std::atomic<int> second = 0;
  const auto tell = [](std::atomic<int>& counter) {
    return [&counter](int count) {
      counter = count;
      counter.notify_all();
    };
  };
  SignalWatch one(tell(first));
  {
    SignalWatch two(tell(second));
    raise(SIGTERM);
    wait_for(first, 1);
    wait_for(second, 1);
  }
  raise(SIGINT);
  wait_for(first, 2);
  EXPECT_EQ(second, 1);
}

TEST(SignalWatch, LeavesTheHandlersAsTheyWere) {
  struct sigaction before {};
  sigaction(SIGINT, nullptr, &before);
  {
    SignalWatch watch([](int) {});
  }
  struct sigaction after {};
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace weir::stream
