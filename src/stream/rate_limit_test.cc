#include "stream/rate_limit.h"

#include <gtest/gtest.h>

namespace weir::stream {
namespace {

using namespace std::chrono_literals;

const RecordOrigin kPartition{"t", PartitionId{0}};

/// What a partition may take in a second, under a common and an own limit.
std::int64_t in_a_second(std::int64_t common, std::int64_t own) {
  RateLimit limit(common, 1s);
  limit.limit(kPartition, own);
  static_cast<void>(limit.allowed(kPartition, TimePoint{}));
  return limit.allowed(kPartition, TimePoint{} + 1s);
}

TEST(RateLimit, RL1_IsTheCommonOneWhereAPartitionHasNone) { EXPECT_EQ(in_a_second(105, 0), 105); }
TEST(RateLimit, RL2_RL3_IsTheLowerOfTheTwo) {
  EXPECT_EQ(in_a_second(105, 110), 105);
  EXPECT_EQ(in_a_second(105, 100), 100);
}
TEST(RateLimit, IsThePartitionsWhereThereIsNoCommonOne) { EXPECT_EQ(in_a_second(0, 100), 100); }
TEST(RateLimit, IsNoneWhereThereIsNeither) { EXPECT_EQ(in_a_second(0, 0), -1); }

TEST(RateLimit, ALimitOfOnePartitionIsNotThatOfAnother) {
  const RecordOrigin other{"t", PartitionId{1}};
  RateLimit limit(0, 1s);
  limit.limit(kPartition, 100);
  EXPECT_EQ(limit.allowed(other, TimePoint{}), -1);
}

}  // namespace
}  // namespace weir::stream
