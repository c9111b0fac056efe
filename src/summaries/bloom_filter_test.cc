#include "weir/summaries/bloom_filter.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "summaries/sample_streams.h"

namespace weir {
namespace {

BloomFilter filter_of(const samples::Values& values, const BloomFilterOptions& options = {}) {
  return samples::in_one(values, BloomFilter(options), samples::AddValue());
}

/// Returns the share of values not added that `filter` takes for added ones.
double false_share(const BloomFilter& filter) {
  constexpr std::uint64_t kTried = 50'000;
  std::uint64_t taken = 0;
  for (std::uint64_t i = 0; i < kTried; ++i) {
    taken += filter.may_contain((std::uint64_t{1} << 50) + i) ? 1 : 0;
  }
  return static_cast<double>(taken) / kTried;
}

TEST(BloomFilter, ForgetsNothing) {
  for (const samples::Stream& stream : samples::all(20'000)) {
    SCOPED_TRACE(stream.name);
    const BloomFilter filter = filter_of(stream.values);
    for (const std::uint64_t value : stream.values) ASSERT_TRUE(filter.may_contain(value));
  }
}

TEST(BloomFilter, TakesAsFewOthersAsItSays) {
  for (const double promised : {0.1, 0.01, 0.001}) {
    const BloomFilter filter =
        filter_of(samples::sorted(5000), {.expected = 5000, .false_positives = promised});
    EXPECT_NEAR(filter.false_positive_rate(), promised, 0.1 * promised);
    EXPECT_NEAR(false_share(filter), promised, 0.2 * promised + 3e-4);
  }
  EXPECT_EQ(false_share(BloomFilter()), 0);
  EXPECT_EQ(BloomFilter().false_positive_rate(), 0);
}

TEST(BloomFilter, SaysHowFullItIs) {
  const BloomFilter overfull = filter_of(samples::sorted(20'000), {.expected = 5000});
  EXPECT_GT(overfull.false_positive_rate(), 0.3);
  EXPECT_NEAR(false_share(overfull), overfull.false_positive_rate(), 0.02);
  EXPECT_NEAR(overfull.estimate(), 20'000, 600);
  EXPECT_NEAR(filter_of(samples::sorted(100)).estimate(), 100, 3);
}

TEST(BloomFilter, IsTheSameHoweverItIsMerged) {
  for (const samples::Stream& stream : samples::all(3000)) {
    SCOPED_TRACE(stream.name);
    const BloomFilter filter = filter_of(stream.values);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      EXPECT_EQ(samples::merged_at_random(stream.values, BloomFilter(), samples::AddValue(), seed),
                filter);
    }
  }
}

TEST(BloomFilter, MergesOnlyItsLike) {
  BloomFilter filter({.expected = 100, .false_positives = 0.01});
  EXPECT_EQ(filter.merge(BloomFilter({.expected = 200, .false_positives = 0.01})).error().message(),
            "two BloomFilters with a different number of bits cannot be merged: 960 and 1920; make "
            "both with the same options");
  EXPECT_THAT(
      filter.merge(BloomFilter({.expected = 50, .false_positives = 0.0001})).error().message(),
      testing::HasSubstr("a different number of hashes cannot be merged: 7 and 13"));
  EXPECT_THAT(filter.merge(BloomFilter({.expected = 100, .seed = 1})).error().message(),
              testing::HasSubstr("a different seed cannot be merged: 0 and 1"));
}

TEST(BloomFilter, HasTheMemoryItSays) {
  // 10,000 * log2(100) * 1.4427 = 95,851 bits.
  EXPECT_EQ(BloomFilter().memory_bytes(), sizeof(BloomFilter) + 1498 * 8);
  EXPECT_EQ(BloomFilter().hashes(), 7);
}

TEST(BloomFilter, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(BloomFilter({.expected = 0}), std::invalid_argument);
  EXPECT_THROW(BloomFilter({.false_positives = 0}), std::invalid_argument);
  EXPECT_THROW(BloomFilter({.false_positives = 1}), std::invalid_argument);
  EXPECT_THROW(BloomFilter({.expected = std::uint64_t{1} << 40}), std::invalid_argument);
}

}  // namespace
}  // namespace weir
