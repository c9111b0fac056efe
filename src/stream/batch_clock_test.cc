#include "stream/batch_clock.h"

#include <gmock/gmock.h>

#include "stream/rate_limit.h"

namespace weir::stream {
namespace {

using std::chrono::milliseconds;

TEST(BatchClock, NamesBatchesByMultiplesOfTheInterval) {
  BatchClock clock(milliseconds(100));
  clock.start({1234});
  EXPECT_FALSE(clock.due({1299}));
  EXPECT_EQ(clock.until_next({1299}), milliseconds(1));
  ASSERT_TRUE(clock.due({1300}));
  EXPECT_EQ(clock.take_tick({1300}).micros, 1300000);
  EXPECT_FALSE(clock.due({1399}));
}

TEST(BatchClock, OwesEveryTickABatchWhenItIsLate) {
  BatchClock clock(milliseconds(100));
  clock.start({1000});
  EXPECT_EQ(clock.take_tick({1350}).micros, 1100000);
  ASSERT_TRUE(clock.due({1350}));
  EXPECT_EQ(clock.take_tick({1350}).micros, 1200000);
  EXPECT_EQ(clock.take_tick({1350}).micros, 1300000);
  EXPECT_FALSE(clock.due({1350}));
}

TEST(BatchClock, WithoutAnIntervalNamesGrowStrictly) {
  BatchClock clock(Duration{0});
  clock.start({5});
  EXPECT_TRUE(clock.due({5}));
  EXPECT_EQ(clock.take_tick({5}).micros, 5000);
  EXPECT_EQ(clock.take_tick({5}).micros, 5001);
  EXPECT_EQ(clock.take_tick({4}).micros, 5002);
}

TEST(BatchClock, AnExtraBatchBetweenTicksIsLaterThanTheLast) {
  BatchClock clock(milliseconds(100));
  clock.start({1000});
  EXPECT_EQ(clock.take_tick({1100}).micros, 1100000);
  EXPECT_EQ(clock.take_now({1100}).micros, 1100001);
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
