#include "stream/batch_clock.h"

#include <gmock/gmock.h>

#include "stream/rate_limit.h"

namespace weir::stream {
namespace {

using std::chrono::milliseconds;

/// A clock and the time that is given to it.
struct Ticking {
  explicit Ticking(Duration interval, std::int64_t wall_millis, Duration slide = Duration::zero())
      : clock(interval, slide), wall(wall_millis) {
    clock.start({wall}, now);
  }
  /// After a batch at `last`, with windows of one second.
  Ticking(Duration interval, std::int64_t wall_millis, Duration slide, std::int64_t last)
      : clock(interval, slide, std::chrono::seconds(1)), wall(wall_millis) {
    clock.go_on_after({last * 1000}, {last * 1000});
    clock.start({wall}, now);
  }
  void pass(std::int64_t millis) {
    wall += millis;
    now += milliseconds(millis);
  }
  void set_wall(std::int64_t millis) { wall = millis; }
  bool due() {
    clock.follow({wall}, now);
    return clock.due(now);
  }
  std::int64_t take_tick() { return clock.take_tick({wall}, now).micros; }
  std::int64_t take_now() { return clock.take_now({wall}).micros; }

  BatchClock clock;
  std::int64_t wall;
  TimePoint now{};
};

TEST(BatchClock, NamesBatchesByMultiplesOfTheInterval) {
  Ticking at(milliseconds(100), 1234);
  at.pass(65);
  EXPECT_FALSE(at.due());
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(1));
  at.pass(1);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 1300000);
  at.pass(99);
  EXPECT_FALSE(at.due());
}

TEST(BatchClock, CanSkipTicksButNoWindowsEnd) {
  Ticking at(milliseconds(100), 1000);
  at.pass(350);
  at.clock.skip_missed(at.now);
  EXPECT_EQ(at.take_tick(), 1300000);
  EXPECT_FALSE(at.due());
  at.clock.skip_missed(at.now);  // none is late
  at.pass(50);
  EXPECT_EQ(at.take_tick(), 1400000);

  Ticking with_windows(milliseconds(100), 1000, milliseconds(500));
  with_windows.pass(1250);
  std::vector<std::int64_t> names;
  while (with_windows.due()) {
    with_windows.clock.skip_missed(with_windows.now);
    names.push_back(with_windows.take_tick());
  }
  EXPECT_THAT(names, testing::ElementsAre(1500000, 2000000, 2200000));
}

TEST(BatchClock, OwesEveryTickABatchWhenItIsLate) {
  Ticking at(milliseconds(100), 1000);
  at.pass(350);
  EXPECT_EQ(at.take_tick(), 1100000);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 1200000);
  EXPECT_EQ(at.take_tick(), 1300000);
  EXPECT_FALSE(at.due());
}

TEST(BatchClock, GoesOnAtOnceWhenTheWallClockIsSetBack) {
  Ticking at(milliseconds(100), 1000'000);
  at.pass(100);
  EXPECT_EQ(at.take_tick(), 1000'100'000);
  at.set_wall(5000);
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(100));
  at.pass(100);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 1000'200'000);
}

TEST(BatchClock, SkipsTheTimeThatAWallClockSetForwardHasSkipped) {
  Ticking at(milliseconds(100), 1000);
  at.set_wall(50'050);
  at.pass(100);
  EXPECT_FALSE(at.due());
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(50));
  at.pass(50);
  EXPECT_EQ(at.take_tick(), 50'200'000);
}

TEST(BatchClock, WithoutAnIntervalNamesGrowStrictly) {
  Ticking at(Duration{0}, 5);
  EXPECT_FALSE(at.due());
  EXPECT_EQ(at.take_tick(), 5000);
  EXPECT_EQ(at.take_tick(), 5001);
  at.set_wall(4);
  EXPECT_EQ(at.take_tick(), 5002);
}

TEST(BatchClock, WithoutAnIntervalABatchIsDueWhenAWindowEnds) {
  Ticking at(Duration{0}, 900, milliseconds(500));
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(100));
  at.pass(40);
  EXPECT_FALSE(at.due());
  EXPECT_EQ(at.take_now(), 940'000);
  at.pass(62);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 1'000'000);
  EXPECT_EQ(at.take_now(), 1'002'000);
  EXPECT_FALSE(at.due());
}

TEST(BatchClock, AnExtraBatchBetweenTicksIsLaterThanTheLast) {
  Ticking at(milliseconds(100), 1000);
  at.pass(100);
  EXPECT_EQ(at.take_tick(), 1100000);
  EXPECT_EQ(at.clock.take_now({at.wall}).micros, 1100001);
}

TEST(BatchClock, CatchesUpWithTheWindowsThatEndedMeanwhile) {
  Ticking at(Duration{0}, 10'000, milliseconds(500), 1200);
  ASSERT_TRUE(at.due() && at.clock.catches_up());
  EXPECT_EQ(at.take_tick(), 1'500'000);
  ASSERT_TRUE(at.due() && at.clock.catches_up());
  EXPECT_EQ(at.take_tick(), 2'000'000);  // the last that may have records of 1.2 s
  EXPECT_FALSE(at.due() || at.clock.catches_up());
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(500));
}

TEST(BatchClock, CatchesUpWithWindowsAndNotWithEachInterval) {
  Ticking at(milliseconds(100), 2040, milliseconds(500), 1200);
  EXPECT_EQ(at.take_tick(), 1'500'000);
  EXPECT_EQ(at.take_tick(), 2'000'000);
  EXPECT_FALSE(at.due());
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(60));
}

TEST(BatchClock, CatchesUpWhenTheWallClockIsSetForward) {
  Ticking at(Duration{0}, 10'400, milliseconds(500), 9'000);
  while (at.due()) at.take_tick();
  EXPECT_EQ(at.take_now(), 10'400'000);
  at.set_wall(60'000);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 10'500'000);
  EXPECT_EQ(at.take_tick(), 11'000'000);
  EXPECT_FALSE(at.due());
}

TEST(BatchClock, EndsTheWindowsAgainWhoseBatchesWereGivenUp) {
  Ticking at(Duration{0}, 1400, milliseconds(500), 1200);
  at.pass(700);
  EXPECT_EQ(at.take_tick(), 1'500'000);
  EXPECT_EQ(at.take_tick(), 2'000'000);
  EXPECT_EQ(at.take_now(), 2'100'000);
  at.clock.rewind({1'200'000}, {1'200'000}, {at.wall}, at.now);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 1'500'000);
  EXPECT_EQ(at.take_tick(), 2'000'000);
  EXPECT_FALSE(at.due());
}

TEST(BatchClock, IsNotBeforeTheStartWhereAllIsGivenUp) {
  Ticking at(Duration{0}, 90'000, milliseconds(500));
  at.set_wall(50'000);
  at.clock.rewind({}, {90'000'000}, {at.wall}, at.now);
  EXPECT_EQ(at.take_now(), 90'000'001);
  at.pass(500);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 90'500'000);
}

TEST(BatchClock, WithoutWindowsNamesGoOnWhenBatchesAreGivenUp) {
  Ticking at(milliseconds(100), 1000);
  at.pass(100);
  EXPECT_EQ(at.take_tick(), 1100'000);
  at.clock.rewind({}, {}, {at.wall}, at.now);
  at.pass(100);
  EXPECT_EQ(at.take_tick(), 1200'000);
}

TEST(BatchClock, TheFirstBatchIsNotBeforeTheStart) {
  Ticking at(Duration{0}, 90'000, milliseconds(500));
  at.set_wall(50'000);
  EXPECT_EQ(at.take_now(), 90'000'001);
}

TEST(BatchClock, ABatchBetweenTicksIsBetweenThemWhereTheWallClockWasSetBack) {
  Ticking at(Duration{0}, 90'100, milliseconds(500));
  at.set_wall(50'000);
  at.pass(400);
  EXPECT_EQ(at.take_tick(), 90'500'000);
  at.pass(400);
  EXPECT_EQ(at.take_now(), 90'500'001);
  at.pass(100);
  EXPECT_EQ(at.take_tick(), 91'000'000);
}

TEST(BatchClock, GoesOnFromTheLastBatchWhereTheWallClockIsBehindIt) {
  Ticking at(Duration{0}, 1000, milliseconds(500), 90'200);
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(300));
  at.pass(300);
  ASSERT_TRUE(at.due());
  EXPECT_EQ(at.take_tick(), 90'500'000);
}

TEST(BatchClock, HasNothingToCatchUpWithSoonAfter) {
  Ticking at(Duration{0}, 1400, milliseconds(500), 1200);
  EXPECT_FALSE(at.due() || at.clock.catches_up());
  EXPECT_EQ(at.clock.until_next(at.now), milliseconds(100));
}

TEST(RateLimit, SpreadsAllowanceOverTime) {
  RateLimit rate(100, Duration{0});
  const RecordOrigin partition{"t", PartitionId{0}};
  TimePoint now{};
  EXPECT_EQ(rate.allowed(partition, now), 0);
  now += milliseconds(500);
  EXPECT_EQ(rate.allowed(partition, now), 50);
  rate.took(partition, 50);
  EXPECT_EQ(rate.allowed(partition, now), 0);
}

TEST(RateLimit, KeepsNoMoreThanASecondsWorth) {
  RateLimit rate(100, Duration{0});
  const RecordOrigin partition{"t", PartitionId{0}};
  rate.allowed(partition, TimePoint{});
  EXPECT_EQ(rate.allowed(partition, TimePoint{std::chrono::hours(1)}), 100);
}

TEST(RateLimit, NoRateIsNoLimit) {
  RateLimit rate(0, Duration{0});
  const RecordOrigin partition{"t", PartitionId{0}};
  EXPECT_LT(rate.allowed(partition, TimePoint{}), 0);
}

}  // namespace
}  // namespace weir::stream
