#include "weir/summaries/top_k.h"

#include <gmock/gmock.h>

#include <set>
#include <stdexcept>
#include <string>

#include "summaries/sample_streams.h"

namespace weir {
namespace {

using Top = TopK<std::uint64_t>;

constexpr TopKOptions kFifty = {.capacity = 50};

/// Sees that every count, of items held and of others, is as right as it claims to be.
void expect_sound(const Top& top, const samples::Values& values) {
  auto exact = samples::exact_counts(values);
  EXPECT_EQ(top.total(), values.size());
  EXPECT_LE(top.max_error(), top.total() / top.options().capacity);
  std::set<std::uint64_t> held;
  for (const auto& [item, count, error] : top.top(1000)) {
    held.insert(item);
    EXPECT_LE(exact[item], count);
    EXPECT_GE(exact[item], count - error);
    EXPECT_LE(error, top.max_error());
  }
  EXPECT_LE(held.size(), 2 * top.options().capacity);
  for (const auto& [value, count] : exact) {
    EXPECT_LE(count, top.count_of(value));
    if (count > top.total() / top.options().capacity) {
      EXPECT_EQ(held.count(value), 1) << value;
    }
  }
}

TEST(TopK, CountsWithinItsErrorOnAnyStream) {
  for (const samples::Stream& stream : samples::all(20'000)) {
    SCOPED_TRACE(stream.name);
    expect_sound(samples::in_one(stream.values, Top(kFifty), samples::AddValue()), stream.values);
  }
}

TEST(TopK, CountsWithinItsErrorHoweverItIsMerged) {
  for (const samples::Stream& stream : samples::all(5000)) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      SCOPED_TRACE(stream.name);
      expect_sound(samples::merged_at_random(stream.values, Top(kFifty), samples::AddValue(), seed),
                   stream.values);
    }
  }
}

TEST(TopK, NeedsItsBound) {
  // All different: nothing is above another, and the error grows as far as it may, about.
  const Top top = samples::in_one(samples::sorted(20'000), Top(kFifty), samples::AddValue());
  EXPECT_GE(top.max_error(), 20'000 / 50 / 2);
}

TEST(TopK, FindsTheMostFrequentOfAZipfStreamInTheirOrder) {
  const Top top = samples::in_one(samples::zipf(20'000, 5), Top(kFifty), samples::AddValue());
  std::vector<std::uint64_t> first;
  for (const auto& counted : top.top(4)) first.push_back(counted.item);
  EXPECT_THAT(first, testing::ElementsAre(1, 2, 3, 4));
}

TEST(TopK, IsExactWhileItHoldsAll) {
  TopK<std::string> top({.capacity = 2});
  top.add("a");
  top.add("b", 5);
  top.add("c", 0);
  top.add("a");
  using Counted = CountedItem<std::string>;
  EXPECT_THAT(top.top(10), testing::ElementsAre(Counted{"b", 5, 0}, Counted{"a", 2, 0}));
  EXPECT_THAT(top.top(1), testing::ElementsAre(Counted{"b", 5, 0}));
  EXPECT_EQ(top.max_error(), 0);
  EXPECT_EQ(top.count_of("c"), 0);
}

TEST(TopK, GivesANewItemWhatItMayHaveHad) {
  TopK<char> top({.capacity = 1});
  top.add('a', 5);
  top.add('b', 2);
  top.add('c', 3);  // drops b and c
  EXPECT_EQ(top.max_error(), 3);
  top.add('c');
  using Counted = CountedItem<char>;
  EXPECT_THAT(top.top(10), testing::ElementsAre(Counted{'a', 5, 0}, Counted{'c', 4, 3}));
}

TEST(TopK, MergesWithItself) {
  TopK<char> top({.capacity = 1});
  top.add('a', 5);
  top.add('b', 2);
  EXPECT_TRUE(top.merge(top).ok());
  EXPECT_EQ(top.total(), 14);
  EXPECT_EQ(top.count_of('a'), 10);
  EXPECT_EQ(top.count_of('b'), 4);
}

TEST(TopK, MergesOnlyItsLike) {
  Top top(kFifty);
  EXPECT_EQ(top.merge(Top({.capacity = 51})).error().message(),
            "two TopKs with a different capacity cannot be merged: 50 and 51; make both with the "
            "same options");
  EXPECT_THAT(top.merge(Top({.capacity = 50, .seed = 1})).error().message(),
              testing::HasSubstr("a different seed cannot be merged: 0 and 1"));
}

TEST(TopK, HasTheMemoryItSays) {
  EXPECT_LE(Top(kFifty).memory_bytes(), sizeof(Top) + 8);
  const Top top = samples::in_one(samples::sorted(20'000), Top(kFifty), samples::AddValue());
  EXPECT_LE(top.memory_bytes(), sizeof(Top) + 2 * 50 * (sizeof(std::uint64_t) + 80));
  TopK<std::string> texts({.capacity = 1});
  texts.add(std::string(10'000, 'x'));
  EXPECT_GE(texts.memory_bytes(), 10'000);
  texts.add("a", 2);
  texts.add("b", 2);
  EXPECT_LE(texts.memory_bytes(), 1000);
}

TEST(TopK, RefusesACapacityThatItCannotHave) {
  EXPECT_THROW(Top({.capacity = 0}), std::invalid_argument);
  EXPECT_THROW(Top({.capacity = std::uint64_t{1} << 33}), std::invalid_argument);
}

}  // namespace
}  // namespace weir
