#include "weir/keyed_state.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace weir::detail {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Numbers = KeyedState<int, int>;

/// Begins a batch that builds on another; what batches up to `committed` did stays.
void begin_batch(Numbers& state, std::int64_t batch, std::int64_t follows,
                 std::int64_t committed = 0) {
  state.begin({.batch = {batch}, .follows = {follows}, .committed = {committed}});
}
std::map<int, int> content(Numbers& state) {
  std::map<int, int> all;
  state.for_each([&](const Numbers::Entry& entry) { all[entry.first] = entry.second.value; });
  EXPECT_EQ(all.size(), state.size());
  return all;
}
void put(Numbers& state, int key, int value) {
  Numbers::Entry* entry = state.find(key);
  entry == nullptr ? void(state.insert(key, value)) : state.set(*entry, value);
}
void remove(Numbers& state, int key) {
  if (Numbers::Entry* entry = state.find(key)) state.erase(*entry);
}

TEST(KeyedStateTest, SM6_HasNothingAtFirst) {
  Numbers state(1s);
  begin_batch(state, 1, 0);
  EXPECT_EQ(state.find(1), nullptr);
  remove(state, 1);
  EXPECT_THAT(content(state), IsEmpty());
  EXPECT_EQ(state.memory_bytes(), 0u);
  EXPECT_FALSE(state.due());
  std::string written;
  state.write_all(written);
  state.write_changes(written);
  EXPECT_EQ(written, "");
}

TEST(KeyedStateTest, SM7_AKeyExpiresOnceItIsStrictlyOlder) {
  const auto expires_at = [](std::int64_t batch) {
    Numbers state(100us);
    begin_batch(state, 10, 0);
    state.insert(1, 1);
    begin_batch(state, batch, 10);
    bool expired = false;
    state.expire([&](const Numbers::Entry&) { expired = true; });
    EXPECT_EQ(state.size(), expired ? 0u : 1u);
    return expired;
  };
  EXPECT_FALSE(expires_at(109));
  EXPECT_FALSE(expires_at(110));
  EXPECT_TRUE(expires_at(111));
}

TEST(KeyedStateTest, SM8_WhatIsGivenUpNeverShows) {
  Numbers state;
  begin_batch(state, 1, 0);
  for (int key : {1, 2, 3}) put(state, key, 10);
  begin_batch(state, 2, 1);
  remove(state, 1);
  put(state, 2, 20);
  put(state, 4, 20);
  begin_batch(state, 3, 2);
  put(state, 1, 30);
  remove(state, 4);
  EXPECT_THAT(content(state), ElementsAre(Pair(1, 30), Pair(2, 20), Pair(3, 10)));
  begin_batch(state, 4, 2);
  EXPECT_THAT(content(state), ElementsAre(Pair(2, 20), Pair(3, 10), Pair(4, 20)));
  begin_batch(state, 5, 1);
  EXPECT_THAT(content(state), ElementsAre(Pair(1, 10), Pair(2, 10), Pair(3, 10)));
}

/// What is restored, or given at first, is made in the name of the first batch that uses it.
TEST(KeyedStateTest, WhatWasThereAtFirstIsAsItWasWhereTheFirstBatchIsGivenUp) {
  Numbers state;
  begin_batch(state, 5, 0);
  for (int key : {1, 2, 3}) put(state, key, 10);
  state.settle();
  begin_batch(state, 5, 4, 4);
  put(state, 1, 20);
  remove(state, 2);
  put(state, 4, 20);
  begin_batch(state, 5, 4, 4);
  EXPECT_THAT(content(state), ElementsAre(Pair(1, 10), Pair(2, 10), Pair(3, 10)));
}

TEST(KeyedStateTest, WhatCanBeTakenBackCountsUntilItIsCommitted) {
  using Texts = KeyedState<int, std::string>;
  const auto begin = [](Texts& state, std::int64_t batch, std::int64_t committed) {
    state.begin({.batch = {batch}, .follows = {batch - 1}, .committed = {committed}});
  };
  Texts state;
  begin(state, 1, 0);
  state.insert(1, std::string(1000, 'a'));
  begin(state, 2, 1);
  const std::size_t alone = state.memory_bytes();
  EXPECT_GT(alone, 1000u);
  EXPECT_LT(alone, 1200u);
  state.set(*state.find(1), std::string(500, 'b'));
  EXPECT_GT(state.memory_bytes(), alone + 500);
  EXPECT_LT(state.memory_bytes(), alone + 800);
  begin(state, 3, 2);
  EXPECT_EQ(state.memory_bytes(), alone - 500);
  state.erase(*state.find(1));
  EXPECT_GT(state.memory_bytes(), 500u);
  state.begin({.batch = {4}, .follows = {2}, .committed = {2}});  // 3 is given up
  EXPECT_EQ(state.memory_bytes(), alone - 500);
  state.erase(*state.find(1));
  begin(state, 5, 4);
  EXPECT_EQ(state.memory_bytes(), 0u);
}

// Random batches over 512 keys, of which some are given up, against a plain map for each batch.
TEST(KeyedStateTest, SM10_IsAsAPlainMapWhateverIsGivenUp) {
  std::mt19937 random(10);
  Numbers state;
  std::vector<std::pair<std::int64_t, std::map<int, int>>> left{{0, {}}};  // by the valid batches
  for (std::int64_t batch = 1; batch <= 100; ++batch) {
    while (left.size() > 1 && random() % 4 == 0) left.pop_back();
    if (random() % 4 == 0) left.erase(left.begin(), left.end() - 1);
    begin_batch(state, batch, left.back().first, left.front().first);
    std::map<int, int> expected = left.back().second;
    ASSERT_EQ(content(state), expected) << "batch " << batch;
    for (auto steps = random() % 30; steps > 0; --steps) {
      const int key = static_cast<int>(random() % 512);
      if (random() % 3 == 0) {
        remove(state, key);
        expected.erase(key);
      } else {
        put(state, key, static_cast<int>(batch));
        expected[key] = static_cast<int>(batch);
      }
      ASSERT_EQ(content(state), expected) << "batch " << batch;
    }
    left.emplace_back(batch, std::move(expected));
  }
}

}  // namespace
}  // namespace weir::detail
