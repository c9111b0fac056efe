// Samples of datasets, which are by chance and the same for the same seed.

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "random_dataset.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// The numbers from 0 to 9,999, in 4 partitions.
Dataset<int> ten_thousand() {
  std::vector<std::vector<int>> partitions(4, std::vector<int>(2500));
  int next = 0;
  for (auto& records : partitions) std::iota(records.begin(), records.end(), 2500 * next++);
  return Dataset<int>::of(partitions);
}

TEST(DatasetOperation, SamplesTheSameWithTheSameSeed) {
  const auto numbers = ten_thousand();
  const auto some = numbers.sample(0.2, 1);
  EXPECT_EQ(some.records(), numbers.sample(0.2, 1).records());
  EXPECT_NE(some.records(), numbers.sample(0.2, 2).records());
  EXPECT_NEAR(static_cast<double>(some.size()), 2000, 200);  // 5 standard deviations
  EXPECT_EQ(some.distinct().size(), some.size());
  for (const std::size_t size : sizes_of(some)) EXPECT_NEAR(static_cast<double>(size), 500, 100);
  EXPECT_THAT(numbers.sample(0, 1), IsEmpty());
  EXPECT_EQ(numbers.sample(1, 1).size(), 10'000u);
}

TEST(DatasetOperation, SamplesWithReplacementAsChanceHasIt) {
  const auto numbers = Dataset<int>::of({std::vector<int>(5000, 1), std::vector<int>(5000, 2)});
  const auto many = numbers.sample_with_replacement(3, 1);
  EXPECT_NEAR(static_cast<double>(many.size()), 30'000, 900);
  EXPECT_EQ(many.records(), numbers.sample_with_replacement(3, 1).records());
  EXPECT_THAT(numbers.sample_with_replacement(0, 1), IsEmpty());
  EXPECT_THAT(numbers.sample_with_replacement(-1, 1), IsEmpty());
}

TEST(DatasetOperation, SplitsByChanceInProportionToWeights) {
  const auto numbers = ten_thousand();
  const auto parts = numbers.random_split({1, 0, 3}, 7);
  ASSERT_THAT(parts, SizeIs(3));
  EXPECT_NEAR(static_cast<double>(parts[0].size()), 2500, 220);  // 5 standard deviations
  EXPECT_THAT(parts[1], IsEmpty());
  std::vector<int> all;
  for (const auto& part : parts) {
    EXPECT_THAT(part.partitions(), SizeIs(4));
    const auto records = part.records();
    EXPECT_TRUE(std::is_sorted(records.begin(), records.end()));
    all.insert(all.end(), records.begin(), records.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, numbers.records());
  EXPECT_EQ(numbers.random_split({1, 0, 3}, 7)[0].records(), parts[0].records());
  EXPECT_NE(numbers.random_split({1, 0, 3}, 8)[0].records(), parts[0].records());
  EXPECT_EQ(numbers.random_split({0.5}, 1).at(0).records(), numbers.records());
}

TEST(DatasetOperation, TakesSomeByChance) {
  const auto numbers = ten_thousand();
  const auto some = numbers.take_sample(1000, 1);
  EXPECT_THAT(some, SizeIs(1000));
  EXPECT_EQ(std::set<int>(some.begin(), some.end()).size(), 1000u);
  EXPECT_FALSE(std::is_sorted(some.begin(), some.end()));
  EXPECT_EQ(some, numbers.take_sample(1000, 1));
  EXPECT_NE(some, numbers.take_sample(1000, 2));
  const double mean = std::accumulate(some.begin(), some.end(), 0.0) / 1000;
  EXPECT_NEAR(mean, 5000, 450);  // 5 standard deviations
  EXPECT_THAT(Dataset<int>::of({{1, 2}, {3}}).take_sample(9, 1), UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(Dataset<int>().take_sample(3, 1), IsEmpty());
  EXPECT_THAT(numbers.take_sample(0, 1), IsEmpty());
}

TEST(DatasetOperation, TakesEachOfThreeFirstAsOften) {
  const auto letters = Dataset<char>::of({{'a'}, {'b', 'c'}});
  std::map<char, int> firsts;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) ++firsts[letters.take_sample(1, seed).at(0)];
  for (const char letter : {'a', 'b', 'c'}) EXPECT_NEAR(firsts[letter], 1000, 130);
}

TEST(DatasetOperation, TakesTheSameOneAgainWithReplacement) {
  const auto pair = Dataset<bool>::of({{true}, {false}});
  const auto many = pair.take_sample_with_replacement(10'000, 1);
  EXPECT_THAT(many, SizeIs(10'000));
  EXPECT_NEAR(static_cast<double>(std::count(many.begin(), many.end(), true)), 5000, 250);
  EXPECT_EQ(many, pair.take_sample_with_replacement(10'000, 1));
  EXPECT_THAT(Dataset<bool>().take_sample_with_replacement(5, 1), IsEmpty());
}

TEST(DatasetOperation, SamplesEachKeyAsItsFunctionSays) {
  const auto pairs =
      ten_thousand().map([](int x) { return std::pair(x % 2 == 0 ? "even" : "odd", x); });
  const auto share = [](std::string_view key) { return key == "even" ? 0.5 : 0.0; };
  const auto some = pairs.sample_by_key(share, 3);
  EXPECT_NEAR(static_cast<double>(some.size()), 2500, 180);
  for (const auto& [key, number] : some) EXPECT_EQ(number % 2, 0);
  EXPECT_EQ(some.records(), pairs.sample_by_key(share, 3).records());
  EXPECT_NE(some.records(), pairs.sample_by_key(share, 4).records());
}

}  // namespace
}  // namespace weir
