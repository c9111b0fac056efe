// The operations that make one record of many, beyond the rows of basic_operations_test.cc.

#include <atomic>
#include <optional>
#include <set>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "base/log.h"
#include "operations_fixture.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

using Words = std::pair<std::string, int>;

class CombineByKey : public OperationsTest {
 protected:
  static int sum(int a, int b) { return a + b; }
  /// One batch of 100 records that all have one key, and one of another.
  DStream<Words> skewed() {
    std::vector<Words> batch(100, {"all", 1});
    batch.emplace_back("one", 7);
    return input<Words>({batch}, 4);
  }
  /// Combines numbers into text that shows how, by tasks and in order.
  template <MapSide kMapSide>
  static auto as_text(const DStream<Words>& stream) {
    return stream.combine_by_key<kMapSide>(
        [](int first) { return concat("<", first, ">"); },
        [](std::string text, int next) { return concat(text, next); },
        [](const std::string& a, const std::string& b) { return concat(a, "+", b); });
  }
  const Batches<Words> two_keys = {{{"a", 1}, {"a", 2}, {"b", 3}, {"a", 4}, {"b", 5}, {"a", 6}}};
};

TEST_F(CombineByKey, CombinesBeforeAndBehindTheMove) {
  expect_batches(sorted(run(as_text<MapSide::kCombine>(input(two_keys)))),
                 {{{"a", "<1>2+<4>6"}, {"b", "<3>+<5>"}}});
}

TEST_F(CombineByKey, MovesAllWhereItIsToldTo) {
  expect_batches(sorted(run(as_text<MapSide::kMoveAll>(input(two_keys)))),
                 {{{"a", "<1>246"}, {"b", "<3>5"}}});
}

TEST_F(CombineByKey, KeysMayBeMadeOfParts) {
  using Key = std::tuple<std::string, std::optional<int>, std::vector<int>>;
  const auto keys = input(two_keys).map([](const Words& word) {
    const auto odd = word.second % 2 == 1 ? std::optional(1) : std::nullopt;
    return std::pair(Key{word.first, odd, {word.second % 2}}, word.second);
  });
  expect_batches(
      sorted(run(keys.reduce_by_key(sum))),
      {{{Key{"a", std::nullopt, {0}}, 12}, {Key{"a", 1, {1}}, 1}, {Key{"b", 1, {1}}, 8}}});
}

TEST_F(CombineByKey, TakesATypeOfItsOwn) {
  const auto distinct =
      input(two_keys).combine_by_key([](int value) { return std::set<int>{value % 2}; },
                                     [](std::set<int> seen, int value) {
                                       seen.insert(value % 2);
                                       return seen;
                                     },
                                     [](std::set<int> a, const std::set<int>& b) {
                                       a.insert(b.begin(), b.end());
                                       return a;
                                     },
                                     3);
  expect_batches(sorted(run(distinct)), {{{"a", {0, 1}}, {"b", {1}}}});
}

TEST_F(CombineByKey, KeepsTheOrderOfValuesInAGroup) {
  expect_batches(sorted(run(input(two_keys, 3).group_by_key())),
                 {{{"a", {1, 2, 4, 6}}, {"b", {3, 5}}}});
}

TEST_F(CombineByKey, BearsThatOneKeyHasAll) {
  expect_batches(sorted(run(skewed().reduce_by_key(sum, 3))), {{{"all", 100}, {"one", 7}}});
}

TEST_F(CombineByKey, GroupsThatOneKeyHasAll) {
  EXPECT_THAT(sorted(run(skewed().group_by_key(3))),
              ElementsAre(ElementsAre(Pair("all", SizeIs(100)), Pair("one", ElementsAre(7)))));
}

TEST_F(CombineByKey, MakesNothingOfAnEmptyBatch) {
  expect_batches(run(input<Words>({{}, {{"a", 1}}, {}}).group_by_key(5)), {{}, {{"a", {1}}}, {}});
}

TEST_F(CombineByKey, ReducesEmptyBatchesAndPartitionsToNothing) {
  expect_batches(run(input<int>({{}, {5}, {1, 2}, {}}, 4).reduce(sum)), {{}, {5}, {3}, {}});
}

TEST_F(CombineByKey, ReducesPartitionByPartitionInOrder) {
  const auto joined = input<std::string>({{"a", "b", "c", "d", "e"}}, 3)
                          .reduce([](const std::string& a, const std::string& b) { return a + b; });
  expect_batches(run(joined), {{"abcde"}});
}

TEST_F(CombineByKey, CountsAreOfOnePartition) {
  expect_batches(run(input<int>({{1, 2, 3}}, 3).count().glom()), {{{3}}});
}

TEST_F(CombineByKey, SeesNothingOfOtherBatches) {
  expect_batches(run(input<Words>({{{"a", 1}}, {{"a", 2}}}).reduce_by_key(sum)),
                 {{{"a", 1}}, {{"a", 2}}});
}

TEST_F(CombineByKey, TriesAFunctionThatThrowsAgainWithoutATrace) {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  const auto sums = input(two_keys).reduce_by_key([calls](int a, int b) {
    if (++*calls == 2) throw std::runtime_error("not yet");
    return a + b;
  });
  expect_batches(sorted(run(sums)), {{{"a", 13}, {"b", 8}}});
  EXPECT_EQ(reports().at(0).failed_attempts, 1);
}

TEST_F(CombineByKey, FailsTheBatchWhereAFunctionAlwaysThrows) {
  const auto all = collect(input(two_keys).reduce([](Words a, const Words& b) {
    if (b.second == 6) throw std::runtime_error("never six");
    return a;
  }));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kUserFunction);
  EXPECT_THAT(result.error().message(), HasSubstr("after 4 attempts"));
  EXPECT_THAT(result.error().message(), HasSubstr("never six"));
  EXPECT_THAT(all.batches(), ElementsAre());
}

}  // namespace
}  // namespace weir
