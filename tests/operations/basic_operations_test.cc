// Spark's BasicOperationsSuite, so far as weir has the operations: each test is named after the row
// of the conformance suite that it is (docs/parity.md), with that row's input and expected output.
// Rows that Spark compares as sets are sorted here, the others are compared as they come.

#include <numeric>
#include <optional>

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
  EXPECT_THAT(run(input(to_12).map(text_of)),
              ElementsAre(ElementsAre("1", "2", "3", "4"), ElementsAre("5", "6", "7", "8"),
                          ElementsAre("9", "10", "11", "12")));
}

TEST_F(BasicOperations, BO2_FlatMap) {
  const auto doubled = input(to_12).flat_map([](int x) { return std::vector{x, 2 * x}; });
  EXPECT_THAT(run(doubled), ElementsAre(ElementsAre(1, 2, 2, 4, 3, 6, 4, 8),
                                        ElementsAre(5, 10, 6, 12, 7, 14, 8, 16),
                                        ElementsAre(9, 18, 10, 20, 11, 22, 12, 24)));
}

TEST_F(BasicOperations, BO3_Filter) {
  const auto even = input(to_12).filter([](int x) { return x % 2 == 0; });
  EXPECT_THAT(run(even), ElementsAre(ElementsAre(2, 4), ElementsAre(6, 8), ElementsAre(10, 12)));
}

TEST_F(BasicOperations, BO4_Glom) {
  EXPECT_THAT(run(input(to_12).glom()),
              ElementsAre(ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4)),
                          ElementsAre(ElementsAre(5, 6), ElementsAre(7, 8)),
                          ElementsAre(ElementsAre(9, 10), ElementsAre(11, 12))));
}

TEST_F(BasicOperations, BO5_MapPartitions) {
  const auto sums = input(to_12).map_partitions([](const std::vector<int>& all) {
    return std::vector{std::accumulate(all.begin(), all.end(), 0)};
  });
  EXPECT_THAT(sorted(run(sums)),
              ElementsAre(ElementsAre(3, 7), ElementsAre(11, 15), ElementsAre(19, 23)));
}

TEST_F(BasicOperations, BO6_RepartitionMore) { expect_moved(2, 5); }

TEST_F(BasicOperations, BO7_RepartitionFewer) { expect_moved(5, 2); }

TEST_F(BasicOperations, BO8_GroupByKey) {
  EXPECT_THAT(sorted(run(some_pairs().group_by_key())),
              ElementsAre(ElementsAre(Pair("a", ElementsAre(1, 1)), Pair("b", ElementsAre(1))),
                          ElementsAre(Pair("", ElementsAre(1, 1))), ElementsAre()));
}

TEST_F(BasicOperations, BO9_ReduceByKey) {
  EXPECT_THAT(sorted(run(some_pairs().reduce_by_key(sum))),
              ElementsAre(ElementsAre(Pair("a", 2), Pair("b", 1)), ElementsAre(Pair("", 2)),
                          ElementsAre()));
}

TEST_F(BasicOperations, BO10_Reduce) {
  EXPECT_THAT(run(input(to_12).reduce(sum)),
              ElementsAre(ElementsAre(10), ElementsAre(26), ElementsAre(42)));
}

TEST_F(BasicOperations, BO11_Count) {
  const auto numbers = input<int>({{}, {1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}});
  EXPECT_THAT(run(numbers.count()), ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2),
                                                ElementsAre(3), ElementsAre(4)));
}

TEST_F(BasicOperations, BO12_CountByValue) {
  const auto numbers = input<int>({{1}, {1, 1, 1}, {1, 2}, {1, 1, 2, 2}});
  EXPECT_THAT(
      sorted(run(numbers.count_by_value())),
      ElementsAre(ElementsAre(Pair(1, 1)), ElementsAre(Pair(1, 3)),
                  ElementsAre(Pair(1, 1), Pair(2, 1)), ElementsAre(Pair(1, 2), Pair(2, 2))));
}

TEST_F(BasicOperations, BO13_MapValues) {
  const auto more = some_pairs().reduce_by_key(sum).map_values([](int x) { return x + 10; });
  EXPECT_THAT(sorted(run(more)), ElementsAre(ElementsAre(Pair("a", 12), Pair("b", 11)),
                                             ElementsAre(Pair("", 12)), ElementsAre()));
}

TEST_F(BasicOperations, BO14_FlatMapValues) {
  const auto more = some_pairs().reduce_by_key(sum).flat_map_values([](int x) {
    return std::vector{x, x + 10};
  });
  EXPECT_THAT(sorted(run(more)),
              ElementsAre(ElementsAre(Pair("a", 2), Pair("a", 12), Pair("b", 1), Pair("b", 11)),
                          ElementsAre(Pair("", 2), Pair("", 12)), ElementsAre()));
}

TEST_F(BasicOperations, BO15_Union) {
  const auto numbers = input(hundreds);
  EXPECT_THAT(run(numbers.union_with(numbers.map([](int x) { return x + 4; }))),
              ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6, 7, 8),
                          ElementsAre(101, 102, 103, 104, 105, 106, 107, 108),
                          ElementsAre(201, 202, 203, 204, 205, 206, 207, 208)));
}

TEST_F(BasicOperations, BO17_UnionOfMany) {
  const auto numbers = input(hundreds);
  const auto by_4 = numbers.map([](int x) { return x + 4; });
  const auto by_8 = numbers.map([](int x) { return x + 8; });
  EXPECT_THAT(run(numbers.union_with({by_4, by_8})),
              ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
                          ElementsAre(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112),
                          ElementsAre(201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212)));
}

TEST_F(BasicOperations, BO18_Transform) {
  const auto texts =
      input(to_12).transform([](const Dataset<int>& batch) { return batch.map(text_of); });
  EXPECT_THAT(run(texts),
              ElementsAre(ElementsAre("1", "2", "3", "4"), ElementsAre("5", "6", "7", "8"),
                          ElementsAre("9", "10", "11", "12")));
}

TEST_F(BasicOperations, BO19_TransformThatMakesNone) {
  collect(input(to_12).transform([](const Dataset<int>&) {
    return Result<Dataset<int>>(Error(ErrorCode::kNotFound, "no dataset was made"));
  }));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), testing::HasSubstr("no dataset was made"));
}

TEST_F(BasicOperations, BO21_TransformWithJoin) {
  const auto joined = words_with<int>(lefts, 1).transform_with(
      words_with<std::string>(rights, "x"),
      [](const auto& left, const auto& right) { return left.join(right); });
  EXPECT_THAT(sorted(run(joined)),
              ElementsAre(ElementsAre(Pair("a", Pair(1, "x")), Pair("b", Pair(1, "x"))),
                          ElementsAre(Pair("", Pair(1, "x"))), ElementsAre(), ElementsAre()));
}

TEST_F(BasicOperations, BO23_TransformOfMany) {
  const auto numbers = input(hundreds);
  const auto by_4 = numbers.map([](int x) { return x + 4; });
  const auto by_8 = numbers.map([](int x) { return x + 8; });
  const auto all =
      numbers.transform_with({by_4, by_8}, [](const std::vector<Dataset<int>>& batches) {
        return batches[0].union_with(batches[1]).union_with(batches[2]);
      });
  EXPECT_THAT(run(all),
              ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
                          ElementsAre(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112),
                          ElementsAre(201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212)));
}

TEST_F(BasicOperations, BO25_Cogroup) {
  const auto left = words_with<int>({{"a", "a", "b"}, {"a", ""}, {""}, {}}, 1);
  const auto right = words_with<std::string>({{"a", "a", "b"}, {"b", ""}, {}, {}}, "x");
  const auto both = [](const auto& of_left, const auto& of_right) {
    return Pair(of_left, of_right);
  };
  EXPECT_THAT(
      sorted(run(left.cogroup(right))),
      ElementsAre(ElementsAre(Pair("a", both(ElementsAre(1, 1), ElementsAre("x", "x"))),
                              Pair("b", both(ElementsAre(1), ElementsAre("x")))),
                  ElementsAre(Pair("", both(ElementsAre(1), ElementsAre("x"))),
                              Pair("a", both(ElementsAre(1), ElementsAre())),
                              Pair("b", both(ElementsAre(), ElementsAre("x")))),
                  ElementsAre(Pair("", both(ElementsAre(1), ElementsAre()))), ElementsAre()));
}

TEST_F(BasicOperations, BO26_Join) {
  const auto joined = words_with<int>(lefts, 1).join(words_with<std::string>(rights, "x"));
  EXPECT_THAT(sorted(run(joined)),
              ElementsAre(ElementsAre(Pair("a", Pair(1, "x")), Pair("b", Pair(1, "x"))),
                          ElementsAre(Pair("", Pair(1, "x"))), ElementsAre(), ElementsAre()));
}

TEST_F(BasicOperations, BO27_LeftOuterJoin) {
  const auto joined =
      words_with<int>(lefts, 1).left_outer_join(words_with<std::string>(rights, "x"));
  const std::optional<std::string> x = "x";
  EXPECT_THAT(sorted(run(joined)),
              ElementsAre(ElementsAre(Pair("a", Pair(1, x)), Pair("b", Pair(1, x))),
                          ElementsAre(Pair("", Pair(1, x)), Pair("a", Pair(1, std::nullopt))),
                          ElementsAre(Pair("", Pair(1, std::nullopt))), ElementsAre()));
}

TEST_F(BasicOperations, BO28_RightOuterJoin) {
  const auto joined =
      words_with<int>(lefts, 1).right_outer_join(words_with<std::string>(rights, "x"));
  const std::optional<int> one = 1;
  EXPECT_THAT(sorted(run(joined)),
              ElementsAre(ElementsAre(Pair("a", Pair(one, "x")), Pair("b", Pair(one, "x"))),
                          ElementsAre(Pair("", Pair(one, "x")), Pair("b", Pair(std::nullopt, "x"))),
                          ElementsAre(), ElementsAre(Pair("", Pair(std::nullopt, "x")))));
}

}  // namespace
}  // namespace weir
