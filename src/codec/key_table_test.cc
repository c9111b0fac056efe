#include "weir/key_table.h"

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <random>
#include <string>

namespace weir::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

int* add(KeyTable<std::string, int>& table, std::string key, int value) {
  return table.find_or_add(std::move(key), [value] { return value; }).first;
}

TEST(KeyTable, FindsWhatWasAdded) {
  KeyTable<std::string, int> table;
  EXPECT_EQ(table.find("tea"), nullptr);
  add(table, "tea", 1);
  add(table, "", 2);
  ASSERT_NE(table.find("tea"), nullptr);
  EXPECT_EQ(*table.find("tea"), 1);
  EXPECT_EQ(*table.find(""), 2);
  EXPECT_EQ(table.find("milk"), nullptr);
}

TEST(KeyTable, MakesAValueForANewKeyOnly) {
  KeyTable<std::string, int> table;
  EXPECT_TRUE(table.find_or_add("tea", [] { return 1; }).second);
  const auto [value, is_new] = table.find_or_add("tea", []() -> int { throw "not new"; });
  EXPECT_FALSE(is_new);
  EXPECT_EQ(*value, 1);
}

TEST(KeyTable, KeepsTheOrderInWhichKeysCame) {
  KeyTable<int, char> table;
  for (const int key : {30, 10, 20, 10, 30}) table.find_or_add(int{key}, [] { return 'a'; });
  EXPECT_THAT(table.pairs(), ElementsAre(Pair(30, 'a'), Pair(10, 'a'), Pair(20, 'a')));
}

TEST(KeyTable, CanBeFilledAgainOnceItIsTaken) {
  KeyTable<std::string, int> table;
  add(table, "tea", 1);
  EXPECT_THAT(table.take(), ElementsAre(Pair("tea", 1)));
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find("tea"), nullptr);
  EXPECT_THAT(table.take(), IsEmpty());
  add(table, "tea", 2);
  EXPECT_THAT(table.take(), ElementsAre(Pair("tea", 2)));
}

TEST(KeyTable, HoldsWhatCanOnlyBeMoved) {
  KeyTable<std::unique_ptr<int>, std::unique_ptr<int>> table;
  for (int i = 0; i < 100; ++i) {
    table.find_or_add(std::make_unique<int>(i), [i] { return std::make_unique<int>(i); });
  }
  EXPECT_EQ(*table.take().back().second, 99);
}

/// Keys that collide as much as can be, until their number is mixed in.
struct Colliding {
  int number;
  bool operator==(const Colliding&) const = default;
};

}  // namespace
}  // namespace weir::detail

template <>
struct std::hash<weir::detail::Colliding> {
  std::size_t operator()(const weir::detail::Colliding& key) const {
    return static_cast<std::size_t>(key.number % 3);
  }
};

namespace weir::detail {
namespace {

TEST(KeyTable, TellsKeysOfTheSameHashApart) {
  KeyTable<Colliding, int> table;
  for (int i = 0; i < 500; ++i) table.find_or_add(Colliding{i}, [i] { return i; });
  for (int i = 0; i < 500; ++i) EXPECT_EQ(*table.find(Colliding{i}), i);
  EXPECT_EQ(table.find(Colliding{500}), nullptr);
}

TEST(KeyTable, CountsAsAMapDoes) {
  std::mt19937 chance(7);
  KeyTable<int, int> table;
  for (int round = 0; round < 3; ++round) {
    std::map<int, int> expected;
    for (int i = 0; i < 20'000; ++i) {
      // Multiples of a power of two, which std::hash leaves as they are.
      const int key = static_cast<int>(chance() % 5'000) * 4096;
      ++expected[key];
      ++*table.find_or_add(int{key}, [] { return 0; }).first;
    }
    const auto counted = table.take();
    EXPECT_EQ((std::map<int, int>(counted.begin(), counted.end())), expected);
    EXPECT_EQ(counted.size(), expected.size());
  }
}

}  // namespace
}  // namespace weir::detail
