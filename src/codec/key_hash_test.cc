#include "weir/key_hash.h"

#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <variant>
#include <vector>

namespace weir::detail {
namespace {

struct Opaque {
  bool operator==(const Opaque&) const = default;
};

template <class K>
std::size_t hash(const K& key) {
  return KeyHash<K>()(key);
}

TEST(KeyHash, KnowsWhatIsMadeOfWhatHasAHash) {
  EXPECT_TRUE(has_hash<int>());
  EXPECT_TRUE((has_hash<std::pair<std::string, int>>()));
  EXPECT_TRUE((has_hash<std::tuple<std::vector<std::pair<int, int>>, std::optional<bool>>>()));
  EXPECT_TRUE((has_hash<std::variant<std::monostate, std::pair<int, int>>>()));
  EXPECT_TRUE((has_hash<std::map<std::string, std::array<int, 3>>>()));
  EXPECT_FALSE(has_hash<Opaque>());
  EXPECT_FALSE((has_hash<std::pair<int, Opaque>>()));
  EXPECT_FALSE((has_hash<std::variant<int, Opaque>>()));
  EXPECT_FALSE(has_hash<std::unordered_set<int>>());
  EXPECT_FALSE((has_hash<std::vector<std::unordered_set<int>>>()));
}

TEST(KeyHash, IsThatOfTheStandardWhereThereIsOne) {
  EXPECT_EQ(hash(std::string("tea")), std::hash<std::string>()("tea"));
  EXPECT_TRUE((std::is_same_v<KeyMap<int, char>, std::unordered_map<int, char>>));
}

TEST(KeyHash, EachPartAndItsPlaceCount) {
  using Pair = std::pair<int, int>;
  EXPECT_EQ(hash(Pair(1, 2)), hash(Pair(1, 2)));
  EXPECT_NE(hash(Pair(1, 2)), hash(Pair(2, 1)));
  EXPECT_NE(hash(Pair(0, 0)), hash(Pair(0, 1)));
  EXPECT_NE(hash(std::vector<int>{}), hash(std::vector<int>{0}));
  EXPECT_NE(hash(std::vector<int>{0}), hash(std::vector<int>{0, 0}));
  EXPECT_NE(hash(std::optional<Pair>()), hash(std::optional(Pair(0, 0))));
  using Either = std::variant<Pair, std::vector<int>>;
  EXPECT_NE(hash(Either(Pair(0, 0))), hash(Either(std::vector<int>{0, 0})));
}

TEST(KeyHash, SpreadsPairsOfSmallNumbers) {
  std::set<std::size_t> hashes;
  for (int a = 0; a < 100; ++a) {
    for (int b = 0; b < 100; ++b) hashes.insert(hash(std::pair(a, b)));
  }
  EXPECT_EQ(hashes.size(), 10'000U);
}

}  // namespace
}  // namespace weir::detail
