// Operations on datasets, against plain loops over random partitions.

#include "weir/dataset_operations.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

#include "random_dataset.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

/// Each test holds for many random datasets.
class DatasetOperations : public testing::TestWithParam<unsigned> {
 protected:
  RandomDatasets random{GetParam()};
  const Dataset<int> numbers = random.numbers();
  const Dataset<int> others = random.numbers();
  const std::vector<int> all = numbers.records();
};
INSTANTIATE_TEST_SUITE_P(Seeds, DatasetOperations, testing::Range(0u, 40u));

TEST_P(DatasetOperations, MapFilterAndFlatMapKeepPartitionsAndOrder) {
  const auto texts = numbers.map([](int x) { return std::to_string(x); });
  const auto even = numbers.filter([](int x) { return x % 2 == 0; });
  const auto twice = numbers.flat_map([](int x) { return std::vector{x, x + 1}; });
  EXPECT_EQ(sizes_of(texts), sizes_of(numbers));
  EXPECT_EQ(even.partitions().size(), numbers.partitions().size());
  std::vector<std::string> texts_of_all;
  std::vector<int> even_of_all;
  std::vector<int> twice_of_all;
  for (const int x : all) {
    texts_of_all.push_back(std::to_string(x));
    if (x % 2 == 0) even_of_all.push_back(x);
    twice_of_all.insert(twice_of_all.end(), {x, x + 1});
  }
  EXPECT_EQ(texts.records(), texts_of_all);
  EXPECT_EQ(even.records(), even_of_all);
  EXPECT_EQ(twice.records(), twice_of_all);
}

TEST_P(DatasetOperations, MapPartitionsSeesEachPartitionOnce) {
  const auto sizes = numbers.map_partitions(
      [](const std::vector<int>& records) { return std::vector{records.size()}; });
  const auto places = numbers.map_partitions(
      [](std::size_t place, const std::vector<int>&) { return std::vector{place}; });
  EXPECT_EQ(sizes.records(), sizes_of(numbers));
  std::vector<std::size_t> expected(numbers.partitions().size());
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(places.records(), expected);
  EXPECT_EQ(numbers.glom().size(), numbers.partitions().size());
}

TEST_P(DatasetOperations, PlacesAreThoseInTheWhole) {
  const auto placed = numbers.zip_with_index();
  EXPECT_EQ(sizes_of(placed), sizes_of(numbers));
  std::int64_t next = 0;
  for (const auto& [record, place] : placed) {
    EXPECT_EQ(place, next++);
    EXPECT_EQ(record, all[static_cast<std::size_t>(place)]);
  }
}

TEST_P(DatasetOperations, UnionHasThePartitionsOfBoth) {
  std::vector<int> both = all;
  for (const int x : others) both.push_back(x);
  EXPECT_EQ(numbers.union_with(others).records(), both);
  EXPECT_EQ(numbers.union_with(others).partitions().size(),
            numbers.partitions().size() + others.partitions().size());
}

TEST_P(DatasetOperations, CartesianHasAllPairs) {
  std::vector<std::pair<int, int>> pairs;
  for (const int a : numbers) {
    for (const int b : others) pairs.emplace_back(a, b);
  }
  std::sort(pairs.begin(), pairs.end());
  const auto made = numbers.cartesian(others);
  EXPECT_EQ(in_order(made), pairs);
  EXPECT_EQ(made.partitions().size(), numbers.partitions().size() * others.partitions().size());
}

TEST_P(DatasetOperations, DistinctAndIntersectionAreThoseOfSets) {
  const std::set<int> these(numbers.begin(), numbers.end());
  const std::set<int> those(others.begin(), others.end());
  std::vector<int> in_both;
  std::set_intersection(these.begin(), these.end(), those.begin(), those.end(),
                        std::back_inserter(in_both));
  EXPECT_THAT(in_order(numbers.distinct(3)), ElementsAreArray(these));
  EXPECT_EQ(numbers.distinct(3).partitions().size(), 3u);
  EXPECT_EQ(in_order(numbers.intersection(others)), in_both);
}

TEST_P(DatasetOperations, SubtractKeepsRepetitions) {
  const std::set<int> those(others.begin(), others.end());
  std::vector<int> left;
  for (const int x : all) {
    if (!those.contains(x)) left.push_back(x);
  }
  std::sort(left.begin(), left.end());
  EXPECT_EQ(in_order(numbers.subtract(others)), left);
}

TEST_P(DatasetOperations, GroupByKeepsTheOrderOfAGroup) {
  std::map<int, std::vector<int>> groups;
  for (const int x : all) groups[x % 3].push_back(x);
  const auto made = numbers.group_by([](int x) { return x % 3; });
  EXPECT_EQ(as_map(made), groups);
}

TEST_P(DatasetOperations, SortingIsStableAndEven) {
  std::vector<int> by_rest = all;
  std::stable_sort(by_rest.begin(), by_rest.end(), [](int a, int b) { return a % 3 < b % 3; });
  const auto sorted = numbers.sort_by([](int x) { return x % 3; });
  EXPECT_EQ(sorted.records(), by_rest);
  const auto sizes = sizes_of(sorted);
  EXPECT_EQ(sizes.size(), numbers.partitions().size());
  for (const std::size_t size : sizes) {
    EXPECT_LE(size, all.size() / sizes.size() + 1);
    EXPECT_GE(size, all.size() / sizes.size());
  }
  std::vector<int> descending = all;
  std::sort(descending.rbegin(), descending.rend());
  EXPECT_EQ(numbers.sort(std::greater<>()).records(), descending);
}

TEST_P(DatasetOperations, RepartitionAndCoalesceLoseNothing) {
  EXPECT_EQ(in_order(numbers.repartition(3)), in_order(numbers));
  EXPECT_EQ(numbers.repartition(3).partitions().size(), 3u);
  EXPECT_EQ(numbers.coalesce(2).records(), all);
  EXPECT_EQ(numbers.coalesce(2).partitions().size(),
            std::min<std::size_t>(2, numbers.partitions().size()));
}

TEST_P(DatasetOperations, ValuesAreThoseOfPlainLoops) {
  std::vector<int> ascending = all;
  std::sort(ascending.begin(), ascending.end());
  const std::size_t three = std::min<std::size_t>(3, all.size());
  EXPECT_EQ(numbers.take(3), std::vector<int>(all.begin(), all.begin() + std::ptrdiff_t(three)));
  EXPECT_EQ(numbers.take_ordered(3),
            std::vector<int>(ascending.begin(), ascending.begin() + std::ptrdiff_t(three)));
  EXPECT_EQ(numbers.top(3),
            std::vector<int>(ascending.rbegin(), ascending.rbegin() + std::ptrdiff_t(three)));
  const int sum = std::accumulate(all.begin(), all.end(), 0);
  EXPECT_EQ(numbers.sum(), sum);
  EXPECT_EQ(numbers.fold(std::string(), [](std::string s, int x) { return s + char('j' + x); }),
            std::accumulate(all.begin(), all.end(), std::string(),
                            [](std::string s, int x) { return s + char('j' + x); }));
  const auto none = std::optional<int>();
  EXPECT_EQ(numbers.reduce([](int a, int b) { return a + b; }), all.empty() ? none : sum);
  EXPECT_EQ(numbers.first(), all.empty() ? none : all.front());
  EXPECT_EQ(numbers.min(), all.empty() ? none : ascending.front());
  EXPECT_EQ(numbers.max(), all.empty() ? none : ascending.back());
}

TEST_P(DatasetOperations, CountsByValue) {
  std::unordered_map<int, std::int64_t> counts;
  for (const int x : all) ++counts[x];
  EXPECT_EQ(numbers.count_by_value(), counts);
}

TEST_P(DatasetOperations, HistogramsCountAll) {
  const auto even = numbers.histogram(4);
  ASSERT_EQ(even.ok(), !all.empty());
  if (even.ok()) {
    EXPECT_EQ(std::accumulate(even->counts.begin(), even->counts.end(), std::int64_t{0}),
              static_cast<std::int64_t>(all.size()));
  }
  const auto given = numbers.histogram({-5.0, 0.0, 5.0});
  ASSERT_TRUE(given.ok());
  const auto between = [&](auto in) { return std::count_if(all.begin(), all.end(), in); };
  EXPECT_THAT(given->counts, ElementsAre(between([](int x) { return -5 <= x && x < 0; }),
                                         between([](int x) { return 0 <= x && x <= 5; })));
}

TEST(DatasetOperation, LeavesTheDatasetAsItIs) {
  const auto words = Dataset<std::string>::of({{"b", "a"}, {"c"}});
  EXPECT_THAT(words.map([](std::string&& word) { return std::move(word) + "!"; }),
              ElementsAre("b!", "a!", "c!"));
  EXPECT_THAT(words.sort(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(words, ElementsAre("b", "a", "c"));
}

TEST(DatasetOperation, KeepsTheBatchsTime) {
  const auto origin = std::make_shared<detail::BatchOrigin>(detail::BatchOrigin{BatchTime{7}, {}});
  std::vector<DatasetPartition<int>> one{DatasetPartition<int>(std::vector{1, 2})};
  const Dataset<int> some(std::move(one), origin);
  EXPECT_EQ(some.map([](int x) { return x; }).time(), BatchTime{7});
  EXPECT_EQ(some.sort().coalesce(1).distinct().time(), BatchTime{7});
}

TEST(DatasetOperation, ZipPairsWhatIsDividedAlike) {
  const auto numbers = Dataset<int>::of({{1, 2}, {3}});
  const auto pairs = numbers.zip(Dataset<std::string>::of({{"a", "b"}, {"c"}}));
  ASSERT_TRUE(pairs.ok());
  EXPECT_THAT(*pairs, ElementsAre(Pair(1, "a"), Pair(2, "b"), Pair(3, "c")));
  EXPECT_THAT(numbers.zip(Dataset<int>::of({{1, 2, 3}})).error().message(),
              HasSubstr("has 2 partitions, the other 1"));
  EXPECT_THAT(numbers.zip(Dataset<int>::of({{1, 2}, {3, 4}})).error().message(),
              HasSubstr("has 1 records in partition 1, the other 2"));
}

TEST(DatasetOperation, ThrowsWhatItsFunctionThrows) {
  const auto numbers = Dataset<int>::of({{1}, {2}});
  EXPECT_THROW(numbers.map([](int x) { return x == 2 ? throw std::out_of_range("2") : x; }),
               std::out_of_range);
}

TEST(DatasetOperation, ThrowsWhereItMakesNoSense) {
  const auto numbers = Dataset<int>::of({{1}, {2}});
  const auto message_of = [](auto operation) -> std::string {
    try {
      operation();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(message_of([&] { numbers.coalesce(0); }), HasSubstr("coalesce(): 0 partitions"));
  EXPECT_THAT(message_of([&] { numbers.repartition(-1); }),
              HasSubstr("repartition(): -1 partitions"));
  EXPECT_THAT(message_of([&] { numbers.distinct(0); }), HasSubstr("0 partitions"));
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message_of([&] { numbers.sample_with_replacement(infinite, 1); }),
              HasSubstr("finite"));
  for (const std::vector<double>& weights :
       {std::vector<double>{}, {0, 0}, {1, -1}, {infinite}, {1e308, 1e308}}) {
    EXPECT_THAT(message_of([&] { numbers.random_split(weights, 1); }), HasSubstr("weight"));
  }
}

TEST_P(DatasetOperations, ZipPartitionsHandsOverBothOfEachPlace) {
  const auto texts = numbers.map([](int x) { return std::to_string(x); });
  const auto made =
      numbers.zip_partitions(texts, [](std::vector<int> these, std::vector<std::string> those) {
        std::vector<std::size_t> sizes{these.size(), those.size()};
        for (std::size_t i = 0; i < these.size(); ++i) {
          EXPECT_EQ(std::to_string(these[i]), those[i]);
        }
        return sizes;
      });
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->partitions().size(), numbers.partitions().size());
  for (std::size_t i = 0; i < numbers.partitions().size(); ++i) {
    const std::size_t size = numbers.partitions()[i].size();
    EXPECT_THAT(made->partitions()[i].records(), ElementsAre(size, size));
  }
}

TEST(DatasetOperation, ZipPartitionsNeedsAsManyButNotAsLarge) {
  const auto count = [](const std::vector<int>& these, const std::vector<char>& those) {
    return std::vector{these.size() + those.size()};
  };
  const auto numbers = Dataset<int>::of({{1, 2}, {3}});
  const auto made = numbers.zip_partitions(Dataset<char>::of({{'a'}, {}}), count);
  ASSERT_TRUE(made.ok());
  EXPECT_THAT(*made, ElementsAre(3, 1));
  const auto refused = numbers.zip_partitions(Dataset<char>::of({{'a'}}), count);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(
      refused.error().message(),
      "zip_partitions(): this dataset has 2 partitions, the other 1; it pairs what is divided "
      "alike");
}

TEST(DatasetOperation, UniqueIdsCountOnByTheNumberOfPartitions) {
  const auto made = Dataset<char>::of({{'a', 'b'}, {}, {'c', 'd', 'e'}}).zip_with_unique_id();
  EXPECT_THAT(made,
              ElementsAre(Pair('a', 0), Pair('b', 3), Pair('c', 2), Pair('d', 5), Pair('e', 8)));
  EXPECT_THAT(Dataset<bool>::of({{true}}).zip_with_unique_id(), ElementsAre(Pair(true, 0)));
}

TEST(DatasetOperation, CountsTheIntegersSumBeyondTheirOwnType) {
  EXPECT_EQ(Dataset<std::int32_t>::of({{2'000'000'000}, {2'000'000'000}}).sum(), 4'000'000'000);
  EXPECT_EQ(Dataset<double>::of({{0.5}, {0.25}}).sum(), 0.75);
  EXPECT_EQ(Dataset<int>().sum(), 0);
}

TEST(DatasetOperation, KnowsTheDistributionOfNumbers) {
  const auto numbers = Dataset<int>::of({{1, 2}, {}, {3, 4}});
  EXPECT_EQ(numbers.mean(), 2.5);
  EXPECT_EQ(numbers.variance(), 1.25);
  EXPECT_EQ(numbers.stdev(), std::sqrt(1.25));
  EXPECT_EQ(numbers.stats().count(), 4);
  EXPECT_EQ(Dataset<int>::of({{}}).mean(), std::nullopt);
}

}  // namespace
}  // namespace weir
