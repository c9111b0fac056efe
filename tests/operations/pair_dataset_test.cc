// Operations by key on datasets, against plain loops over random partitions.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>

#include "random_dataset.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Entry = std::pair<std::string, int>;

class PairDatasetOperations : public testing::TestWithParam<unsigned> {
 protected:
  using Groups = std::map<std::string, std::vector<int>>;
  static Groups grouped(const Dataset<Entry>& pairs) {
    Groups groups;
    for (const auto& [key, value] : pairs) groups[key].push_back(value);
    return groups;
  }
  static int sum(int a, int b) { return a + b; }
  static int sum_of(const std::vector<int>& values) {
    int all = 0;
    for (const int value : values) all += value;
    return all;
  }

  RandomDatasets random{GetParam()};
  const Dataset<Entry> pairs = random.pairs();
  const Dataset<Entry> others = random.pairs();
  Groups groups = grouped(pairs);
  Groups other_groups = grouped(others);
};
INSTANTIATE_TEST_SUITE_P(Seeds, PairDatasetOperations, testing::Range(0u, 40u));

TEST_P(PairDatasetOperations, KeysAndValuesKeepTheirPlaces) {
  const auto again = pairs.keys().zip(pairs.values());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->records(), pairs.records());
  const auto more = pairs.map_values([](int x) { return x + 1; });
  const auto twice = pairs.flat_map_values([](int x) { return std::vector{x, x}; });
  EXPECT_EQ(sizes_of(more), sizes_of(pairs));
  EXPECT_EQ(twice.size(), 2 * pairs.size());
  const auto zipped = more.zip(pairs);
  ASSERT_TRUE(zipped.ok());
  for (const auto& [now, before] : *zipped) {
    EXPECT_EQ(now, Entry(before.first, before.second + 1));
  }
}

TEST_P(PairDatasetOperations, GroupsHaveTheOrderOfTheDataset) {
  const auto made = pairs.group_by_key(3);
  EXPECT_EQ(as_map(made), groups);
  EXPECT_EQ(made.partitions().size(), 3u);
}

TEST_P(PairDatasetOperations, FoldsComeToTheSameSums) {
  std::vector<Entry> sums;
  for (const auto& [key, values] : groups) sums.emplace_back(key, sum_of(values));
  EXPECT_EQ(in_order(pairs.reduce_by_key(sum)), sums);
  EXPECT_EQ(in_order(pairs.fold_by_key(0, sum)), sums);
  EXPECT_EQ(in_order(pairs.combine_by_key([](int x) { return x; }, sum, sum)), sums);
  const auto longs = pairs.aggregate_by_key(
      std::int64_t{0}, [](std::int64_t all, int x) { return all + x; },
      [](std::int64_t a, std::int64_t b) { return a + b; }, 4);
  EXPECT_EQ(in_order(longs.map_values([](std::int64_t x) { return int(x); })), sums);
}

TEST_P(PairDatasetOperations, CogroupHasTheKeysOfBoth) {
  std::map<std::string, std::pair<std::vector<int>, std::vector<int>>> both;
  for (const auto& [key, values] : groups) both[key].first = values;
  for (const auto& [key, values] : other_groups) both[key].second = values;
  EXPECT_EQ(as_map(pairs.cogroup(others)), both);
}

TEST_P(PairDatasetOperations, JoinsHaveWhatAPlainJoinHas) {
  using Maybe = std::optional<int>;
  std::vector<std::pair<std::string, std::pair<Maybe, Maybe>>> inner;
  std::vector<std::pair<std::string, std::pair<Maybe, Maybe>>> lefts;
  std::vector<std::pair<std::string, std::pair<Maybe, Maybe>>> rights;
  for (const auto& [key, value] : pairs) {
    for (const int other : other_groups[key]) inner.push_back({key, {value, other}});
    if (other_groups[key].empty()) lefts.push_back({key, {value, std::nullopt}});
  }
  for (const auto& [key, value] : others) {
    if (groups[key].empty()) rights.push_back({key, {std::nullopt, value}});
  }
  const auto maybe = [](const auto& joined) {
    return in_order(joined.map_values(
        [](const auto& sides) { return std::pair<Maybe, Maybe>(sides.first, sides.second); }));
  };
  const auto with = [&](auto... more) {
    auto all = inner;
    (all.insert(all.end(), more.begin(), more.end()), ...);
    std::sort(all.begin(), all.end());
    return all;
  };
  EXPECT_EQ(maybe(pairs.join(others)), with());
  EXPECT_EQ(maybe(pairs.left_outer_join(others)), with(lefts));
  EXPECT_EQ(maybe(pairs.right_outer_join(others)), with(rights));
  EXPECT_EQ(maybe(pairs.full_outer_join(others, 5)), with(lefts, rights));
}

TEST_P(PairDatasetOperations, SubtractByKeyLooksAtKeysOnly) {
  std::vector<Entry> left;
  for (const auto& pair : pairs) {
    if (!other_groups.contains(pair.first)) left.push_back(pair);
  }
  std::sort(left.begin(), left.end());
  EXPECT_EQ(in_order(pairs.subtract_by_key(others)), left);
}

TEST_P(PairDatasetOperations, CountsAndLooksUpByKey) {
  const auto counts = pairs.count_by_key();
  EXPECT_EQ(counts.size(), groups.size());
  for (const auto& [key, values] : groups) {
    EXPECT_EQ(counts.at(key), static_cast<std::int64_t>(values.size()));
    EXPECT_EQ(pairs.lookup(key), values);
  }
  EXPECT_THAT(pairs.lookup("nowhere"), IsEmpty());
}

TEST_P(PairDatasetOperations, PartitionByBringsKeysToTheirPartition) {
  const HashPartitioner by{.partitions = 3};
  const auto moved = pairs.partition_by(by);
  EXPECT_EQ(in_order(moved), in_order(pairs));
  ASSERT_EQ(moved.partitions().size(), 3u);
  for (std::int32_t i = 0; i < 3; ++i) {
    for (const auto& [key, value] : moved.partitions()[static_cast<std::size_t>(i)]) {
      EXPECT_EQ(by.partition_of(key), i);
    }
  }
}

TEST(PairDatasetOperation, FoldByKeyBeginsInEachPartitionAnew) {
  const auto pairs = Dataset<Entry>::of({{{"a", 1}, {"a", 2}}, {{"a", 3}}});
  const auto sums = pairs.fold_by_key(10, [](int a, int b) { return a + b; });
  EXPECT_THAT(sums, ElementsAre(Pair("a", 26)));
}

TEST(PairDatasetOperation, KeyByKeepsTheRecord) {
  const auto words = Dataset<std::string>::of({{"a", "bb"}, {"cc"}});
  const auto by_length = words.key_by([](const std::string& word) { return word.size(); });
  EXPECT_THAT(by_length, ElementsAre(Pair(1, "a"), Pair(2, "bb"), Pair(2, "cc")));
}

TEST_P(PairDatasetOperations, PartitionsCanBeSortedByKeyWhereTheyAre) {
  const auto made = pairs.repartition_and_sort_within_partitions(3);
  const auto plainly = pairs.partition_by(3);
  ASSERT_EQ(sizes_of(made), sizes_of(plainly));
  for (std::size_t i = 0; i < made.partitions().size(); ++i) {
    std::vector<Entry> sorted = plainly.partitions()[i].records();
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Entry& a, const Entry& b) { return a.first < b.first; });
    EXPECT_EQ(made.partitions()[i].records(), sorted);
  }
  const auto descending =
      pairs.repartition_and_sort_within_partitions(1, std::greater<>()).keys().records();
  EXPECT_TRUE(std::is_sorted(descending.begin(), descending.end(), std::greater<>()));
}

TEST_P(PairDatasetOperations, ARangeHasBothItsEnds) {
  const auto made = pairs.filter_by_range("b", "d");
  const auto loop =
      pairs.filter([](const Entry& pair) { return pair.first >= "b" && pair.first <= "d"; });
  EXPECT_EQ(made.records(), loop.records());
  EXPECT_EQ(sizes_of(made), sizes_of(loop));
  EXPECT_THAT(pairs.filter_by_range("d", "b"), IsEmpty());
  EXPECT_EQ(pairs.filter_by_range("d", "b", std::greater<>()).records(), loop.records());
}

}  // namespace
}  // namespace weir
