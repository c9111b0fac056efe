#include "weir/key_table.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "weir/mix.h"

namespace weir::detail {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

void add(KeyTable<std::string, int>& table, std::string key, int value) {
  table.find_or_add(std::move(key), [value] { return value; });
}

/// All pairs, which the table has no more.
template <class K, class V>
std::vector<std::pair<K, V>> take(KeyTable<K, V>& table) {
  std::vector<std::pair<K, V>> pairs;
  table.for_each([&](std::pair<K, V>& pair) { pairs.push_back(std::move(pair)); });
  table.clear();
  return pairs;
}

TEST(KeyTable, FindsWhatWasAdded) {
  KeyTable<std::string, int> table;
  EXPECT_EQ(table.find("tea"), nullptr);
  add(table, "tea", 1);
  add(table, "", 2);
  ASSERT_NE(table.find("tea"), nullptr);
  EXPECT_EQ(table.find("tea")->second, 1);
  EXPECT_EQ(table.find("")->second, 2);
  EXPECT_EQ(table.find("milk"), nullptr);
}

TEST(KeyTable, MakesAValueForANewKeyOnly) {
  KeyTable<std::string, int> table;
  EXPECT_TRUE(table.find_or_add("tea", [] { return 1; }).second);
  const auto [pair, is_new] = table.find_or_add("tea", []() -> int { throw "not new"; });
  EXPECT_FALSE(is_new);
  EXPECT_EQ(pair->second, 1);
}

TEST(KeyTable, HasNoKeyWhoseValueCouldNotBeMade) {
  KeyTable<std::string, int> table;
  EXPECT_THROW(table.find_or_add("tea", []() -> int { throw 1; }), int);
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find("tea"), nullptr);
  add(table, "tea", 2);
  EXPECT_THAT(take(table), UnorderedElementsAre(Pair("tea", 2)));
}

TEST(KeyTable, CopiesAKeyThatStaysWithItsOwner) {
  KeyTable<std::string, int> table;
  const std::string kept = "a word that is too long to be in the string itself";
  std::string given = kept;
  EXPECT_TRUE(table.find_or_add(kept, [] { return 1; }).second);
  EXPECT_FALSE(table.find_or_add(std::move(given), [] { return 1; }).second);
  EXPECT_EQ(given, kept);  // NOLINT(bugprone-use-after-move): it is there, and nothing is moved
}

TEST(KeyTable, CanBeFilledAgainOnceItIsCleared) {
  KeyTable<std::string, int> table;
  add(table, "tea", 1);
  EXPECT_THAT(take(table), UnorderedElementsAre(Pair("tea", 1)));
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find("tea"), nullptr);
  EXPECT_THAT(take(table), IsEmpty());
  add(table, "tea", 2);
  EXPECT_THAT(take(table), UnorderedElementsAre(Pair("tea", 2)));
}

TEST(KeyTable, HoldsWhatCanOnlyBeMoved) {
  KeyTable<std::unique_ptr<int>, std::unique_ptr<int>> table;
  for (int i = 0; i < 100; ++i) {
    table.find_or_add(std::make_unique<int>(i), [i] { return std::make_unique<int>(i); });
  }
  int sum = 0;
  table.for_each([&sum](const auto& pair) { sum += *pair.second; });
  EXPECT_EQ(sum, 4950);
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
  for (int i = 0; i < 500; ++i) EXPECT_EQ(table.find(Colliding{i})->second, i);
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
      ++table.find_or_add(int{key}, [] { return 0; }).first->second;
    }
    EXPECT_EQ(table.size(), expected.size());
    const auto counted = take(table);
    EXPECT_EQ((std::map<int, int>(counted.begin(), counted.end())), expected);
    EXPECT_EQ(counted.size(), expected.size());
  }
}

/// A number that counts how often it is compared.
struct Compared {
  std::int64_t number;
  bool operator==(const Compared& other) const {
    ++comparisons;
    return number == other.number;
  }
  static inline std::size_t comparisons = 0;
};

}  // namespace
}  // namespace weir::detail

template <>
struct std::hash<weir::detail::Compared> {
  std::size_t operator()(const weir::detail::Compared& key) const {
    return static_cast<std::size_t>(key.number);
  }
};

namespace weir::detail {
namespace {

// With one hash for all tables, the first half of the other's pairs would fill half of this one,
// which would not grow, and each further pair would go past most of those that are there.
TEST(KeyTable, IsFilledInTheOrderOfAnotherTable) {
  constexpr std::size_t kPairs = 157'000;  // six tenths of the slots
  std::mt19937_64 chance(9);
  KeyTable<Compared, int> first, second, both;
  for (KeyTable<Compared, int>* table : {&first, &second}) {
    while (table->size() < kPairs) {
      table->find_or_add(Compared{static_cast<std::int64_t>(chance())}, [] { return 1; });
    }
  }
  Compared::comparisons = 0;
  for (KeyTable<Compared, int>* table : {&first, &second}) {
    table->for_each([&both](auto& pair) { both.find_or_add(pair.first, [] { return 1; }); });
  }
  EXPECT_EQ(both.size(), 2 * kPairs);
  EXPECT_LT(Compared::comparisons, kPairs);  // a hundredth of the slots looked at have like tags
}

TEST(KeyTable, CountsWordsOfAllLengths) {
  std::mt19937 chance(8);
  KeyTable<std::string, int> table;
  std::map<std::string, int> expected;
  for (int i = 0; i < 20'000; ++i) {
    // Words that differ in any one place, the first, the last and those between.
    std::string word(chance() % 40, 'x');
    if (!word.empty()) word[chance() % word.size()] = static_cast<char>('a' + chance() % 20);
    ++expected[word];
    ++table.find_or_add(word, [] { return 0; }).first->second;
  }
  const auto counted = take(table);
  EXPECT_EQ((std::map<std::string, int>(counted.begin(), counted.end())), expected);
}

TEST(HashOfBytes, EachByteAndTheirNumberCount) {
  std::set<std::uint64_t> hashes;
  std::size_t words = 0;
  for (std::size_t length = 0; length < 50; ++length) {
    std::string word(length, '\0');
    hashes.insert(hash_of_bytes(word));
    ++words;
    for (char& byte : word) {
      for (const char other : {'a', 'b', '\x80'}) {
        byte = other;
        hashes.insert(hash_of_bytes(word));
        ++words;
      }
      byte = '\0';
    }
  }
  EXPECT_EQ(hashes.size(), words);
}

TEST(HashOfBytes, SpreadsWordsOverSlots) {
  std::map<std::uint64_t, int> slots;
  for (int i = 0; i < 10'000; ++i) ++slots[hash_of_bytes("word-" + std::to_string(i)) & 1023U];
  EXPECT_GT(slots.size(), 1000U);
  for (const auto& [slot, count] : slots) EXPECT_LT(count, 30) << slot;
}

}  // namespace
}  // namespace weir::detail
