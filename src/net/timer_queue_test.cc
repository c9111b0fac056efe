#include "net/timer_queue.h"

#include <gmock/gmock.h>

#include <string>

namespace weir::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr TimePoint at(Duration since_start) { return TimePoint{since_start}; }

std::vector<std::string> run_due(TimerQueue& queue, TimePoint now, std::vector<std::string>& log) {
  while (auto call = queue.take_due(now)) call();
  return std::exchange(log, {});
}

TEST(TimerQueue, RunsCallsInTheOrderOfTimeThenOfAdding) {
  TimerQueue queue;
  std::vector<std::string> log;
  queue.add(at(2ms), [&] { log.push_back("second"); });
  queue.add(at(1ms), [&] { log.push_back("first"); });
  queue.add(at(2ms), [&] { log.push_back("third"); });
  queue.add(at(3ms), [&] { log.push_back("later"); });
  EXPECT_EQ(queue.next(), at(1ms));
  EXPECT_THAT(run_due(queue, at(2ms), log), ElementsAre("first", "second", "third"));
  EXPECT_EQ(queue.next(), at(3ms));
}

TEST(TimerQueue, ForgetsCancelledCalls) {
  TimerQueue queue;
  std::vector<std::string> log;
  const auto id = queue.add(at(1ms), [&] { log.push_back("cancelled"); });
  queue.cancel(id);
  queue.cancel(id);
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_THAT(run_due(queue, at(1s), log), ElementsAre());
}

TEST(TimerQueue, ACallMayCancelTheNextOfTheSameMoment) {
  TimerQueue queue;
  std::vector<std::string> log;
  std::uint64_t second = 0;
  queue.add(at(1ms), [&] {
    log.push_back("first");
    queue.cancel(second);
  });
  second = queue.add(at(1ms), [&] { log.push_back("second"); });
  EXPECT_THAT(run_due(queue, at(1ms), log), ElementsAre("first"));
}

}  // namespace
}  // namespace weir::net
