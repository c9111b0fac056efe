// Spark's BasicOperationsSuite, so far as weir has the operations: each test is named after the row
// of the conformance suite that it is (docs/parity.md), with that row's input and expected output.
// Rows that Spark compares as sets are sorted here, the others are compared as they come.

#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>

#include "operations_fixture.h"
#include "weir/dataset_operations.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

class BasicOperations : public OperationsTest {
 protected:
  static std::string text_of(int number) { return std::to_string(number); }
  static int sum(int a, int b) { return a + b; }

  /// Words with a value for each.
  template <class V>
  DStream<std::pair<std::string, V>> words_with(const Batches<std::string>& words, V value) {
    return input(words).map(
        [value](std::string&& word) { return std::pair(std::move(word), value); });
  }
  DStream<std::pair<std::string, int>> some_pairs() {
    return words_with<int>({{"a", "a", "b"}, {"", ""}, {}}, 1);
  }
  /// Moves three batches of a hundred numbers to other partitions.
  void expect_moved(std::size_t from, std::int32_t to) {
    Batches<int> numbers(3, std::vector<int>(100));
    int next = 1;
    for (std::vector<int>& batch : numbers) {
      std::iota(batch.begin(), batch.end(), next);
      next += 100;
    }
    const auto moved = run(input(numbers, from).repartition(to).glom());
    ASSERT_THAT(moved, SizeIs(3));
    for (std::size_t batch = 0; batch < 3; ++batch) {
      EXPECT_THAT(moved[batch], SizeIs(to));
      std::vector<int> all;
      for (const auto& part : moved[batch]) all.insert(all.end(), part.begin(), part.end());
      EXPECT_THAT(all, testing::UnorderedElementsAreArray(numbers[batch]));
    }
  }

  const Batches<int> to_12 = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}};
  const Batches<int> hundreds = {{1, 2, 3, 4}, {101, 102, 103, 104}, {201, 202, 203, 204}};
  // Of the rows that join.
  const Batches<std::string> lefts = {{"a", "b"}, {"a", ""}, {""}, {}};
  const Batches<std::string> rights = {{"a", "b"}, {"b", ""}, {}, {""}};
};

TEST_F(BasicOperations, BO1_Map) {
  expect_batches(run(input(to_12).map(text_of)),
                 {{"1", "2", "3", "4"}, {"5", "6", "7", "8"}, {"9", "10", "11", "12"}});
}

TEST_F(BasicOperations, BO2_FlatMap) {
  const auto doubled = input(to_12).flat_map([](int x) { return std::vector{x, 2 * x}; });
  expect_batches(
      run(doubled),
      {{1, 2, 2, 4, 3, 6, 4, 8}, {5, 10, 6, 12, 7, 14, 8, 16}, {9, 18, 10, 20, 11, 22, 12, 24}});
}

TEST_F(BasicOperations, FlatMapToAMapMakesPairsWhoseKeysAreKeys) {
  const auto letters = [](const std::string& word) {
    std::map<char, int> counts;
    for (const char letter : word) ++counts[letter];
    return counts;
  };
  const auto counts =
      input(Batches<std::string>{{"tea", "tree"}}).flat_map(letters).reduce_by_key(sum);
  static_assert(std::is_same_v<decltype(counts), const DStream<std::pair<char, int>>>);
  EXPECT_THAT(run(counts).at(0), testing::UnorderedElementsAre(Pair('t', 2), Pair('e', 3),
                                                               Pair('a', 1), Pair('r', 1)));
}

TEST_F(BasicOperations, FlatMapToBitsMakesBooleans) {
  const auto bits = input(Batches<int>{{5}}).flat_map([](int number) {
    return std::vector<bool>{(number & 1) != 0, (number & 2) != 0};
  });
  static_assert(std::is_same_v<decltype(bits), const DStream<bool>>);
  EXPECT_THAT(run(bits).at(0), ElementsAre(true, false));
}

TEST_F(BasicOperations, FlatMapTakesNothingOutOfARangeThatAReferenceIsTo) {
  const auto own = [words = std::vector<std::string>{"a", "b"}](
                       int) mutable -> std::vector<std::string>& { return words; };
  EXPECT_THAT(run(input(Batches<int>{{1, 2}}).flat_map(own)).at(0),
              ElementsAre("a", "b", "a", "b"));
}

TEST_F(BasicOperations, FlatMapTakesNothingOutOfWhatAViewShows) {
  std::vector<std::string> table{"a", "b"};
  const auto shown = [&table](int) { return std::span<std::string>(table); };
  EXPECT_THAT(run(input(Batches<int>{{1, 2}}).flat_map(shown)).at(0),
              ElementsAre("a", "b", "a", "b"));
}

/// Has its memory from a place of its own.
struct Pooled {
  int number = 0;
  static void* operator new(std::size_t size) { return ::operator new(size); }
  static void operator delete(void* memory) { ::operator delete(memory); }
};

TEST_F(BasicOperations, RecordsMayHaveAnOperatorNewOfTheirOwn) {
  const auto numbers = input(to_12)
                           .map([](int number) { return Pooled{number}; })
                           .filter([](const Pooled& pooled) { return pooled.number > 2; })
                           .map([](const Pooled& pooled) { return pooled.number; });
  EXPECT_THAT(run(numbers).at(0), ElementsAre(3, 4));
}

TEST_F(BasicOperations, FlatMapToWhatKnowsOnlyItsEnds) {
  struct Numbers {  // no type of the standard's
    struct At {
      int number;
      int operator*() const { return number; }
      void operator++() { ++number; }
      bool operator!=(const At& other) const { return number != other.number; }
    };
    At begin() const { return {0}; }
    At end() const { return {count}; }
    int count;
  };
  const auto below = [](int count) { return Numbers{count}; };
  EXPECT_THAT(run(input(Batches<int>{{3}}).flat_map(below)).at(0), ElementsAre(0, 1, 2));
}

TEST_F(BasicOperations, MapOfAFunctionThatReturnsAReference) {
  const auto word = [](const std::pair<std::string, int>& pair) -> const std::string& {
    return pair.first;
  };
  expect_batches(run(some_pairs().map(word)), {{"a", "a", "b"}, {"", ""}, {}});
}

TEST_F(BasicOperations, BO3_Filter) {
  const auto even = input(to_12).filter([](int x) { return x % 2 == 0; });
  expect_batches(run(even), {{2, 4}, {6, 8}, {10, 12}});
}

TEST_F(BasicOperations, BO4_Glom) {
  expect_batches(run(input(to_12).glom()),
                 {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 10}, {11, 12}}});
}

TEST_F(BasicOperations, BO5_MapPartitions) {
  const auto sums = input(to_12).map_partitions([](const std::vector<int>& all) {
    return std::vector{std::accumulate(all.begin(), all.end(), 0)};
  });
  expect_batches(sorted(run(sums)), {{3, 7}, {11, 15}, {19, 23}});
}

TEST_F(BasicOperations, BO6_RepartitionMore) { expect_moved(2, 5); }

TEST_F(BasicOperations, BO7_RepartitionFewer) { expect_moved(5, 2); }

TEST_F(BasicOperations, BO8_GroupByKey) {
  expect_batches(sorted(run(some_pairs().group_by_key())),
                 {{{"a", {1, 1}}, {"b", {1}}}, {{"", {1, 1}}}, {}});
}

TEST_F(BasicOperations, BO9_ReduceByKey) {
  expect_batches(sorted(run(some_pairs().reduce_by_key(sum))),
                 {{{"a", 2}, {"b", 1}}, {{"", 2}}, {}});
}

TEST_F(BasicOperations, BO10_Reduce) {
  expect_batches(run(input(to_12).reduce(sum)), {{10}, {26}, {42}});
}

TEST_F(BasicOperations, BO11_Count) {
  const auto numbers = input<int>({{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}});
  expect_batches(run(numbers.count()), {{0}, {1}, {2}, {3}, {4}});
}

TEST_F(BasicOperations, BO12_CountByValue) {
  const auto numbers = input<int>({{1}, {1, 1, 1}, {1, 2}, {1, 1, 2, 2}});
  expect_batches(sorted(run(numbers.count_by_value())),
                 {{{1, 1}}, {{1, 3}}, {{1, 1}, {2, 1}}, {{1, 2}, {2, 2}}});
}

TEST_F(BasicOperations, BO13_MapValues) {
  const auto more = some_pairs().reduce_by_key(sum).map_values([](int x) { return x + 10; });
  expect_batches(sorted(run(more)), {{{"a", 12}, {"b", 11}}, {{"", 12}}, {}});
}

TEST_F(BasicOperations, BO14_FlatMapValues) {
  const auto more = some_pairs().reduce_by_key(sum).flat_map_values([](int x) {
    return std::vector{x, x + 10};
  });
  expect_batches(sorted(run(more)),
                 {{{"a", 2}, {"a", 12}, {"b", 1}, {"b", 11}}, {{"", 2}, {"", 12}}, {}});
}

TEST_F(BasicOperations, BO15_Union) {
  const auto numbers = input(hundreds);
  expect_batches(run(numbers.union_with(numbers.map([](int x) { return x + 4; }))),
                 {{1, 2, 3, 4, 5, 6, 7, 8},
                  {101, 102, 103, 104, 105, 106, 107, 108},
                  {201, 202, 203, 204, 205, 206, 207, 208}});
}

TEST_F(BasicOperations, BO16_UnionWithABatchThatHasNothing) {
  const auto numbers = input(Batches<int>{{1, 2, 3, 4}, {101, 102, 103, 104}, {}});
  const auto others = input(Batches<int>{{}, {5}, {}});
  expect_batches(run(numbers.union_with(others)), {{1, 2, 3, 4}, {101, 102, 103, 104, 5}, {}});
}

TEST_F(BasicOperations, BO17_UnionOfMany) {
  const auto numbers = input(hundreds);
  const auto by_4 = numbers.map([](int x) { return x + 4; });
  const auto by_8 = numbers.map([](int x) { return x + 8; });
  expect_batches(run(numbers.union_with({by_4, by_8})),
                 {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                  {101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112},
                  {201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212}});
}

TEST_F(BasicOperations, BO18_Transform) {
  const auto texts =
      input(to_12).transform([](const Dataset<int>& batch) { return batch.map(text_of); });
  expect_batches(run(texts), {{"1", "2", "3", "4"}, {"5", "6", "7", "8"}, {"9", "10", "11", "12"}});
}

TEST_F(BasicOperations, BO19_TransformThatMakesNone) {
  collect(input(to_12).transform([](const Dataset<int>&) {
    return Result<Dataset<int>>(Error(ErrorCode::kNotFound, "no dataset was made"));
  }));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), testing::HasSubstr("no dataset was made"));
}

TEST_F(BasicOperations, BO20_TransformOfABatchThatHasNothing) {
  int calls = 0;
  const auto texts = input(Batches<int>{{1, 2, 3, 4}, {5, 6, 7, 8}, {}})
                         .transform([&calls](const Dataset<int>& batch) {
                           ++calls;
                           return batch.map(text_of);
                         });
  expect_batches(run(texts), {{"1", "2", "3", "4"}, {"5", "6", "7", "8"}, {}});
  EXPECT_EQ(calls, 3);
}

TEST_F(BasicOperations, BO21_TransformWithJoin) {
  const auto joined = words_with<int>(lefts, 1).transform_with(
      words_with<std::string>(rights, "x"),
      [](const auto& left, const auto& right) { return left.join(right); });
  expect_batches(sorted(run(joined)),
                 {{{"a", {1, "x"}}, {"b", {1, "x"}}}, {{"", {1, "x"}}}, {}, {}});
}

TEST_F(BasicOperations, BO23_TransformOfMany) {
  const auto numbers = input(hundreds);
  const auto by_4 = numbers.map([](int x) { return x + 4; });
  const auto by_8 = numbers.map([](int x) { return x + 8; });
  const auto all =
      numbers.transform_with({by_4, by_8}, [](const std::vector<Dataset<int>>& batches) {
        return batches[0].union_with(batches[1]).union_with(batches[2]);
      });
  expect_batches(run(all), {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                            {101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112},
                            {201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212}});
}

TEST_F(BasicOperations, BO24_TransformOfManyOfWhichOneHasNothing) {
  const auto numbers = input(Batches<int>{{1, 2}, {}});
  const auto others = input(Batches<int>{{}, {}});
  const auto sizes = numbers.transform_with({others}, [](const std::vector<Dataset<int>>& batches) {
    return batches[0].union_with(batches[1]);
  });
  expect_batches(run(sizes), {{1, 2}, {}});
}

TEST_F(BasicOperations, BO25_Cogroup) {
  const auto left = words_with<int>({{"a", "a", "b"}, {"a", ""}, {""}, {}}, 1);
  const auto right = words_with<std::string>({{"a", "a", "b"}, {"b", ""}, {}, {}}, "x");
  expect_batches(sorted(run(left.cogroup(right))),
                 {{{"a", {{1, 1}, {"x", "x"}}}, {"b", {{1}, {"x"}}}},
                  {{"", {{1}, {"x"}}}, {"a", {{1}, {}}}, {"b", {{}, {"x"}}}},
                  {{"", {{1}, {}}}},
                  {}});
}

TEST_F(BasicOperations, BO26_Join) {
  const auto joined = words_with<int>(lefts, 1).join(words_with<std::string>(rights, "x"));
  expect_batches(sorted(run(joined)),
                 {{{"a", {1, "x"}}, {"b", {1, "x"}}}, {{"", {1, "x"}}}, {}, {}});
}

TEST_F(BasicOperations, BO27_LeftOuterJoin) {
  const auto joined =
      words_with<int>(lefts, 1).left_outer_join(words_with<std::string>(rights, "x"));
  const std::optional<std::string> x = "x";
  expect_batches(sorted(run(joined)), {{{"a", {1, x}}, {"b", {1, x}}},
                                       {{"", {1, x}}, {"a", {1, std::nullopt}}},
                                       {{"", {1, std::nullopt}}},
                                       {}});
}

TEST_F(BasicOperations, BO28_RightOuterJoin) {
  const auto joined =
      words_with<int>(lefts, 1).right_outer_join(words_with<std::string>(rights, "x"));
  const std::optional<int> one = 1;
  expect_batches(sorted(run(joined)), {{{"a", {one, "x"}}, {"b", {one, "x"}}},
                                       {{"", {one, "x"}}, {"b", {std::nullopt, "x"}}},
                                       {},
                                       {{"", {std::nullopt, "x"}}}});
}

}  // namespace
}  // namespace weir
