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
  void pass(std::int64_t millis) {
    wall += millis;
    now += milliseconds(millis);
  }
  void set_wall(std::int64_t millis) { wall = millis; }
  bool due() const { return clock.due(now); }
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
  EXPECT_EQ(at.take_tick(), 1100'000);
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
