#include "weir/stats.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Stats of(const std::vector<double>& numbers) {
  Stats stats;
  for (const double number : numbers) stats.add(number);
  return stats;
}

TEST(Stats, OfNumbers) {
  const Stats stats = of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(stats.count(), 8);
  EXPECT_EQ(stats.sum(), 40);
  EXPECT_EQ(stats.min(), 2);
  EXPECT_EQ(stats.max(), 9);
  EXPECT_EQ(stats.mean(), 5);
  EXPECT_EQ(stats.variance(), 4);
  EXPECT_EQ(stats.stdev(), 2);
  EXPECT_DOUBLE_EQ(stats.sample_variance().value(), 32.0 / 7);
  EXPECT_DOUBLE_EQ(stats.sample_stdev().value(), std::sqrt(32.0 / 7));
}

TEST(Stats, OfTooFewNumbersAreAbsent) {
  EXPECT_EQ(of({}).count(), 0);
  EXPECT_EQ(of({}).sum(), 0);
  EXPECT_EQ(of({}).mean(), std::nullopt);
  EXPECT_EQ(of({}).max(), std::nullopt);
  EXPECT_EQ(of({}).stdev(), std::nullopt);
  EXPECT_EQ(of({3}).variance(), 0);
  EXPECT_EQ(of({3}).sample_variance(), std::nullopt);
}

TEST(Stats, KeepTheirPrecisionFarFromZero) {
  EXPECT_DOUBLE_EQ(of({1e9 + 1, 1e9 + 2, 1e9 + 3}).variance().value(), 2.0 / 3);
}

TEST(Histogram, CountsBetweenBoundsAndAtTheLast) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto counted = detail::count_in({-1, 0, 0.5, 1, 2, 3, 4, nan}, {0, 1, 3});
  ASSERT_TRUE(counted.ok());
  EXPECT_THAT(counted->counts, ElementsAre(2, 3));
}

TEST(Histogram, RefusesBoundsThatMakeNoSense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& bounds : std::vector<std::vector<double>>{{}, {1}, {1, 1}, {2, 1}, {1, nan}}) {
    const auto counted = detail::count_in({1}, bounds);
    ASSERT_FALSE(counted.ok());
    EXPECT_THAT(counted.error().message(), HasSubstr("at least 2"));
  }
}

TEST(Histogram, DividesEvenlyFromLeastToGreatest) {
  const auto counted = detail::count_evenly({1, 2, 3, 4, 5}, 2);
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(*counted, (Histogram{{1, 3, 5}, {2, 3}}));
}

TEST(Histogram, OfEqualNumbersHasOneBucket) {
  const auto counted = detail::count_evenly({7, 7, 7}, 4);
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(*counted, (Histogram{{7, 7}, {3}}));
}

TEST(Histogram, OfNumbersAsFarApartAsThereAre) {
  const double most = std::numeric_limits<double>::max();
  const auto counted = detail::count_evenly({-most, 0, most}, 2);
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(*counted, (Histogram{{-most, 0, most}, {1, 2}}));
}

TEST(Histogram, RefusesWhatHasNoWidth) {
  EXPECT_THAT(detail::count_evenly({}, 2).error().message(), HasSubstr("neither may be 0"));
  EXPECT_THAT(detail::count_evenly({1}, 0).error().message(), HasSubstr("neither may be 0"));
  EXPECT_THAT(
      detail::count_evenly({1, std::numeric_limits<double>::infinity()}, 2).error().message(),
      HasSubstr("infinite"));
}

}  // namespace
}  // namespace weir
