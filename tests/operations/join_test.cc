// Joins and cogroup(), beyond the rows of basic_operations_test.cc.

#include <optional>
#include <stdexcept>

#include "operations_fixture.h"
#include "plan/fake_pipeline.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

using Left = std::pair<std::string, int>;
using Right = std::pair<std::string, std::string>;

class Join : public OperationsTest {
 protected:
  /// Two values of "both" on either side, and a key of each side's own.
  DStream<Left> left() { return input<Left>({{{"both", 1}, {"left", 2}, {"both", 3}}}); }
  DStream<Right> right() { return input<Right>({{{"both", "x"}, {"right", "y"}, {"both", "z"}}}); }
};

TEST_F(Join, HasEachPairOfValuesOfAKey) {
  expect_batches(
      sorted(run(left().join(right()))),
      {{{"both", {1, "x"}}, {"both", {1, "z"}}, {"both", {3, "x"}}, {"both", {3, "z"}}}});
}

TEST_F(Join, LeftOuterKeepsTheLeftOnes) {
  const auto joined = sorted(run(left().left_outer_join(right())));
  ASSERT_THAT(joined, ElementsAre(SizeIs(5)));
  EXPECT_THAT(joined[0][4], Pair("left", Pair(2, std::nullopt)));
}

TEST_F(Join, RightOuterKeepsTheRightOnes) {
  const auto joined = sorted(run(left().right_outer_join(right())));
  ASSERT_THAT(joined, ElementsAre(SizeIs(5)));
  EXPECT_THAT(joined[0][4], Pair("right", Pair(std::nullopt, "y")));
}

TEST_F(Join, FullOuterKeepsBoth) {
  const std::optional<std::string> x = "x", y = "y", z = "z";
  const std::optional<int> one = 1, two = 2, three = 3;
  expect_batches(sorted(run(left().full_outer_join(right()))), {{{"both", {one, x}},
                                                                 {"both", {one, z}},
                                                                 {"both", {three, x}},
                                                                 {"both", {three, z}},
                                                                 {"left", {two, std::nullopt}},
                                                                 {"right", {std::nullopt, y}}}});
}

TEST_F(Join, CogroupKeepsTheOrderOfValues) {
  expect_batches(sorted(run(left().cogroup(right()))),
                 {{{"both", {{1, 3}, {"x", "z"}}}, {"left", {{2}, {}}}, {"right", {{}, {"y"}}}}});
}

TEST_F(Join, OfAStreamWithItself) {
  const auto stream = input<Left>({{{"a", 1}, {"a", 2}}});
  expect_batches(sorted(run(stream.join(stream))),
                 {{{"a", {1, 1}}, {"a", {1, 2}}, {"a", {2, 1}}, {"a", {2, 2}}}});
}

TEST_F(Join, OneKeyMayHaveAllRecords) {
  const auto many = input<Left>({std::vector<Left>(50, {"a", 1})}, 3);
  const auto few = input<Right>({std::vector<Right>(4, {"a", "x"})}, 3);
  expect_batches(run(many.join(few, 7).count()), {{200}});
}

TEST_F(Join, MatchesWithinABatchOnly) {
  const auto early = input<Left>({{{"a", 1}}, {}});
  const auto late = input<Right>({{}, {{"a", "x"}}});
  expect_batches(run(early.join(late)), {{}, {}});
}

TEST_F(Join, BearsThatOneSideHasNothing) {
  const auto nothing = input<Right>({{}});
  const auto joined = left().full_outer_join(nothing, 3);
  expect_batches(run(joined.count()), {{3}});
}

TEST_F(Join, AFunctionBeforeItThatThrowsIsNamed) {
  const auto thrown = left().map_values([](int value) {
    if (value == 2) throw std::runtime_error("no twos");
    return value;
  });
  collect(thrown.join(right()));
  EXPECT_THAT(run().error().message(), HasSubstr("no twos"));
}

TEST_F(Join, RefusesAStreamOfAnotherContextByItsOwnName) {
  Pipeline other;
  const auto foreign =
      plan::fake_strings(detail::append_source(other, std::make_unique<plan::FakeSource>("in", 1)))
          .map([](std::string&& text) { return Right(text, text); });
  collect(left().left_outer_join(foreign));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("left_outer_join(): stream"));
  EXPECT_THAT(result.error().message(), HasSubstr("belongs to another context"));
}

}  // namespace
}  // namespace weir
