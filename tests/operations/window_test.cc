#include <functional>

#include "operations_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Count = std::int64_t;
using WordBatches = Batches<std::pair<std::string, int>>;

/// The cases of Spark's WindowOperationsSuite, batch by batch, and what is not in it.
class WindowTest : public OperationsTest {
 protected:
  /// A batch a second, with a number each: 0, 1, 2, ...
  DStream<int> numbers(int batches) {
    Batches<int> all;
    for (int i = 0; i < batches; ++i) all.push_back({i});
    return input(all, 1);
  }
  WordBatches reduce_windows(const WordBatches& batches, Duration length, Duration slide) {
    return sorted(run(input(batches).reduce_by_key_and_window(std::plus<>(), length, slide)));
  }
};

TEST_F(WindowTest, WO1_EachWindowHasTheBatchesOfItsLength) {
  expect_batches(run(numbers(6).window(2s, 1s)), {{0}, {0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}});
}

TEST_F(WindowTest, WO2_AWindowThatSlidesByItsLengthHasEachBatchOnce) {
  expect_batches(run(numbers(6).window(2s, 2s)), {{0, 1}, {2, 3}, {4, 5}});
}

TEST_F(WindowTest, WO3_TheFirstWindowsAreNotFull) {
  const Batches<int> eight{{0}, {1}, {2}, {3}, {4}, {5}, {}, {}};
  expect_batches(run(input(eight, 1).window(4s, 2s)), {{0, 1}, {0, 1, 2, 3}, {2, 3, 4, 5}, {4, 5}});
}

TEST_F(WindowTest, WO4_AWindowThatSlidesByMoreThanItsLengthSkipsBatches) {
  expect_batches(run(numbers(6).window(2s, 3s)), {{1, 2}, {4, 5}});
}

TEST_F(WindowTest, WithoutASlideThereIsAWindowWithEachBatch) {
  expect_batches(run(numbers(3).window(2s)), {{0}, {0, 1}, {1, 2}});
}

TEST_F(WindowTest, WO6_AKeyIsReducedWithinABatch) {
  expect_batches(reduce_windows({{{"a", 1}, {"a", 3}}}, 2s, 1s), {{{"a", 4}}});
}

TEST_F(WindowTest, WO7_AKeyIsReducedOverBatches) {
  expect_batches(reduce_windows({{{"a", 1}}, {{"a", 1}}}, 2s, 1s), {{{"a", 1}}, {{"a", 2}}});
}

TEST_F(WindowTest, WO8_AKeyComesToAWindow) {
  expect_batches(reduce_windows({{{"a", 1}}, {{"a", 1}, {"b", 1}}}, 2s, 1s),
                 {{{"a", 1}}, {{"a", 2}, {"b", 1}}});
}

TEST_F(WindowTest, WO9_AKeyGoesWithTheLastBatchThatHasIt) {
  expect_batches(reduce_windows({{{"a", 1}}, {{"a", 1}}, {}, {}}, 2s, 1s),
                 {{{"a", 1}}, {{"a", 2}}, {{"a", 1}}, {}});
}

TEST_F(WindowTest, WO10_KeysAreReducedOverWindowsThatOverlapInPart) {
  expect_batches(
      reduce_windows(
          {{{"a", 1}}, {{"a", 2}}, {{"a", 3}}, {{"a", 4}}, {{"a", 5}}, {{"a", 6}}, {}, {}}, 4s, 2s),
      {{{"a", 3}}, {{"a", 10}}, {{"a", 18}}, {{"a", 11}}});
}

TEST_F(WindowTest, WO11_ManyKeysComeAndGo) {
  const WordBatches once{{{"a", 1}},           {{"a", 1}, {"b", 1}}, {{"a", 1}, {"b", 1}, {"c", 1}},
                         {{"a", 1}, {"b", 1}}, {{"a", 1}},           {}};
  WordBatches twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  const WordBatches windows{{{"a", 1}},
                            {{"a", 2}, {"b", 1}},
                            {{"a", 2}, {"b", 2}, {"c", 1}},
                            {{"a", 2}, {"b", 2}, {"c", 1}},
                            {{"a", 2}, {"b", 1}},
                            {{"a", 1}}};
  WordBatches expected = windows;
  expected.insert(expected.end(), windows.begin(), windows.end());
  EXPECT_EQ(reduce_windows(twice, 2s, 1s), expected);
}

/// The same with an inverse.
class InverseWindowTest : public WindowTest {
 protected:
  WordBatches reduce_windows(const WordBatches& batches, Duration length, Duration slide) {
    return sorted(
        run(input(batches).reduce_by_key_and_window(std::plus<>(), std::minus<>(), length, slide)));
  }
};

TEST_F(InverseWindowTest, WO12_AKeyIsReducedWithinABatch) {
  expect_batches(reduce_windows({{{"a", 1}, {"a", 3}}}, 2s, 1s), {{{"a", 4}}});
}

TEST_F(InverseWindowTest, WO13_AKeyIsReducedOverBatches) {
  expect_batches(reduce_windows({{{"a", 1}}, {{"a", 1}}}, 2s, 1s), {{{"a", 1}}, {{"a", 2}}});
}

TEST_F(InverseWindowTest, WO14_AKeyComesToAWindow) {
  expect_batches(reduce_windows({{{"a", 1}}, {{"a", 1}, {"b", 1}}}, 2s, 1s),
                 {{{"a", 1}}, {{"a", 2}, {"b", 1}}});
}

TEST_F(InverseWindowTest, WO15_AKeyRemainsWithWhatIsLeft) {
  expect_batches(reduce_windows({{{"a", 1}}, {{"a", 1}}, {}, {}}, 2s, 1s),
                 {{{"a", 1}}, {{"a", 2}}, {{"a", 1}}, {{"a", 0}}});
}

TEST_F(InverseWindowTest, WO16_KeysAreReducedOverWindowsThatOverlapInPart) {
  expect_batches(
      reduce_windows(
          {{{"a", 1}}, {{"a", 2}}, {{"a", 3}}, {{"a", 4}}, {{"a", 5}}, {{"a", 6}}, {}, {}}, 4s, 2s),
      {{{"a", 3}}, {{"a", 10}}, {{"a", 18}}, {{"a", 11}}});
}

TEST_F(InverseWindowTest, AFilterSaysWhichKeysRemain) {
  const auto some = [](const std::pair<std::string, int>& count) { return count.second > 0; };
  const auto counts =
      input<std::pair<std::string, int>>({{{"a", 1}}, {{"a", 1}}, {}, {}, {{"a", 1}}})
          .reduce_by_key_and_window(std::plus<>(), std::minus<>(), 2s, 1s, 2, some);
  expect_batches(run(counts), {{{"a", 1}}, {{"a", 2}}, {{"a", 1}}, {}, {{"a", 1}}});
}

TEST_F(InverseWindowTest, DeadKeysGoWhereThatIsAskedFor) {
  const auto sums =
      input<std::pair<std::string, int>>({{{"a", 0}}, {{"b", 1}}, {}, {}, {}})
          .reduce_by_key_and_window(std::plus<>(), std::minus<>(), 2s, 1s, 2, WithoutDeadKeys{});
  expect_batches(sorted(run(sums)), {{{"a", 0}}, {{"a", 0}, {"b", 1}}, {{"b", 1}}, {}, {}});
}

TEST_F(InverseWindowTest, ReducesAWindowToOneRecord) {
  expect_batches(run(input<int>({{}, {1, 2}, {3}, {}, {}})
                         .reduce_by_window(std::plus<>(), std::minus<>(), 2s, 1s)),
                 {{}, {3}, {6}, {3}, {0}});
}

TEST_F(InverseWindowTest, AWindowThatSlidesByMoreThanItsLengthBeginsAnew) {
  const auto sums =
      input<std::pair<int, int>>({{{1, 1}}, {{1, 2}}, {{1, 4}}, {{1, 8}}, {{1, 16}}, {{1, 32}}})
          .reduce_by_key_and_window(std::plus<>(), std::minus<>(), 2s, 3s);
  expect_batches(run(sums), {{{1, 6}}, {{1, 48}}});
}

TEST_F(WindowTest, WO20_CountsByWindow) {
  expect_batches(run(input<int>({{1}, {1}, {1, 2}, {0}, {}, {}}).count_by_window(2s, 1s)),
                 {{1}, {2}, {3}, {3}, {1}, {0}});
}

TEST_F(WindowTest, WO21_CountsValuesByWindow) {
  const auto counts =
      input<std::string>({{"a"}, {"b", "b"}, {"a", "b"}}).count_by_value_and_window(2s, 1s);
  expect_batches(sorted(run(counts)), {{{"a", 1}}, {{"a", 1}, {"b", 2}}, {{"a", 1}, {"b", 3}}});
}

TEST_F(WindowTest, ReducesAWindowToOneRecordOrNone) {
  expect_batches(run(input<int>({{1, 2}, {3}, {}, {}}).reduce_by_window(std::plus<>(), 2s, 1s)),
                 {{3}, {6}, {3}, {}});
}

TEST_F(WindowTest, GroupsTheValuesOfAWindowInTheOrderOfBatches) {
  const auto groups = input<std::pair<int, int>>({{{1, 10}, {1, 11}}, {{1, 12}, {2, 20}}}, 2)
                          .group_by_key_and_window(2s, 1s);
  expect_batches(sorted(run(groups)), {{{1, {10, 11}}}, {{1, {10, 11, 12}}, {2, {20}}}});
}

TEST_F(WindowTest, AWindowOfAWindowSlidesByItsSlide) {
  expect_batches(run(numbers(8).window(2s, 2s).window(4s)),
                 {{0, 1}, {0, 1, 2, 3}, {2, 3, 4, 5}, {4, 5, 6, 7}});
}

TEST_F(WindowTest, OperationsBehindAWindowRunOnceForEachWindow) {
  const auto sums = numbers(6)
                        .window(3s, 3s)
                        .map([](int n) { return std::pair(n % 2, n); })
                        .reduce_by_key(std::plus<>());
  expect_batches(sorted(run(sums)), {{{0, 2}, {1, 1}}, {{0, 4}, {1, 8}}});
}

TEST_F(WindowTest, TwoWindowsOfOneStreamSlideBySelves) {
  const auto stream = numbers(6);
  const auto long_ones = collect(stream.window(4s, 2s));
  expect_batches(run(stream.window(1s, 3s)), {{2}, {5}});
  expect_batches(long_ones.batches(), {{0, 1}, {0, 1, 2, 3}, {2, 3, 4, 5}});
}

TEST_F(WindowTest, StreamsOfTheSameSlideAreJoined) {
  const auto stream = numbers(4).map([](int n) { return std::pair(n, n * 10); });
  const auto joined = stream.window(2s, 2s).join(stream.window(4s, 2s));
  expect_batches(sorted(run(joined)),
                 {{{0, {0, 0}}, {1, {10, 10}}}, {{2, {20, 20}}, {3, {30, 30}}}});
}

TEST_F(WindowTest, KeepsPartitionsAndTheOrderWithin) {
  const auto stream = input<int>({{1, 2, 3, 4}, {5, 6, 7, 8}}, 2).window(2s, 2s).glom();
  expect_batches(run(stream), {{{1, 2, 5, 6}, {3, 4, 7, 8}}});
}

TEST_F(WindowTest, BO37_BO38_IsCountedAsLongAsItIsHeld) {
  const auto all =
      collect(input<std::string>({{std::string(10'000, 'x')}, {}, {}, {}}).window(2s, 1s));
  std::vector<bool> holds;
  ASSERT_TRUE(run([&] { holds.push_back(status().state_bytes >= 10'000); }).ok());
  EXPECT_THAT(holds, ElementsAre(true, false, false, false));
}

TEST_F(WindowTest, AStreamRefusesWindowsThatCutBatches) {
  collect(numbers(1).window(2500ms, 1s));
  collect(numbers(1).window(2s, 1500ms));
  collect(numbers(1).window(4s, 2s).window(3s));
  collect(numbers(1).window(0s));
  collect(numbers(1).window(2s, -1s));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(
      result.error().message(),
      testing::AllOf(
          HasSubstr("5 mistakes"), HasSubstr("window(): its length, 2500 ms"),
          HasSubstr("its slide, 1500 ms, must be a multiple of the time between batches, 1 s"),
          HasSubstr(
              "its length, 3 s, must be a multiple of the slide of the stream before it, 2 s"),
          HasSubstr("a window of 0 s holds nothing"), HasSubstr("cannot slide by -1 s")));
}

TEST_F(WindowTest, StreamsThatRunInDifferentBatchesAreNotBroughtTogether) {
  const auto stream = numbers(1);
  collect(stream.window(2s, 2s).union_with(stream));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(),
              HasSubstr("union_with(): its streams do not run in the same batches"));
}

}  // namespace
}  // namespace weir
