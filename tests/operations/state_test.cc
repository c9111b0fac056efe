#include <functional>
#include <numeric>
#include <stdexcept>

#include "operations_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using WordBatches = Batches<std::pair<std::string, int>>;

/// The cases of Spark's suites on state, batch by batch, and what is not in them.
class StateTest : public OperationsTest {
 protected:
  /// The words of each batch, with a 1 each.
  static WordBatches ones(const Batches<std::string>& words) {
    WordBatches all;
    for (const auto& batch : words) {
      auto& pairs = all.emplace_back();
      for (const std::string& word : batch) pairs.emplace_back(word, 1);
    }
    return all;
  }
  static WordBatches growing() {
    return ones({{"a"}, {"a", "b"}, {"a", "b", "c"}, {"a", "b"}, {"a"}, {}});
  }
  static WordBatches mapped_growing() {
    return ones({{}, {"a"}, {"a", "b"}, {"a", "b", "c"}, {"a", "b"}, {"a"}, {}});
  }
  static inline const WordBatches kSums{{},
                                        {{"a", 1}},
                                        {{"a", 2}, {"b", 1}},
                                        {{"a", 3}, {"b", 2}, {"c", 1}},
                                        {{"a", 4}, {"b", 3}, {"c", 1}},
                                        {{"a", 5}, {"b", 3}, {"c", 1}},
                                        {{"a", 5}, {"b", 3}, {"c", 1}}};
  static std::optional<int> add(const std::vector<int>& values, const std::optional<int>& sum) {
    return std::accumulate(values.begin(), values.end(), sum.value_or(0));
  }
  static int sum_up(const std::string&, std::optional<int> one, State<int>& sum) {
    sum.update(sum.get_option().value_or(0) + one.value_or(0));
    return sum.get();
  }
};

TEST_F(StateTest, BO30_UpdatesTheStateOfEveryKey) {
  EXPECT_EQ(sorted(run(input(growing()).update_state_by_key(&StateTest::add))),
            (WordBatches{{{"a", 1}},
                         {{"a", 2}, {"b", 1}},
                         {{"a", 3}, {"b", 2}, {"c", 1}},
                         {{"a", 4}, {"b", 3}, {"c", 1}},
                         {{"a", 5}, {"b", 3}, {"c", 1}},
                         {{"a", 5}, {"b", 3}, {"c", 1}}}));
}

TEST_F(StateTest, BO31_BeginsWithTheStatesThatItIsGiven) {
  const auto sums = input(growing()).update_state_by_key(&StateTest::add, 2, {{"a", 1}, {"c", 2}});
  EXPECT_EQ(sorted(run(sums)), (WordBatches{{{"a", 2}, {"c", 2}},
                                            {{"a", 3}, {"b", 1}, {"c", 2}},
                                            {{"a", 4}, {"b", 2}, {"c", 3}},
                                            {{"a", 5}, {"b", 3}, {"c", 3}},
                                            {{"a", 6}, {"b", 3}, {"c", 3}},
                                            {{"a", 6}, {"b", 3}, {"c", 3}}}));
}

TEST_F(StateTest, BO32_TellsTheUpdateFunctionTheBatchTime) {
  using Times = Batches<std::pair<std::string, std::int64_t>>;
  const auto add_time = [](BatchTime time, const std::string&, const std::vector<int>& values,
                           const std::optional<std::int64_t>& before) {
    const std::int64_t second = time.micros / 1'000'000 % 60;
    return std::optional<std::int64_t>(before.value_or(0) + (values.empty() ? 0 : second * 1000));
  };
  const auto sums = input(growing()).update_state_by_key(
      add_time, 2, {{"a", std::int64_t{0}}, {"c", std::int64_t{0}}});
  EXPECT_EQ(sorted(run(sums)), (Times{{{"a", 1000}, {"c", 0}},
                                      {{"a", 3000}, {"b", 2000}, {"c", 0}},
                                      {{"a", 6000}, {"b", 5000}, {"c", 3000}},
                                      {{"a", 10000}, {"b", 9000}, {"c", 3000}},
                                      {{"a", 15000}, {"b", 9000}, {"c", 3000}},
                                      {{"a", 15000}, {"b", 9000}, {"c", 3000}}}));
}

TEST_F(StateTest, BO33_TellsTheUpdateFunctionTheKey) {
  const auto add_but_b = [](const std::string& key, const std::vector<int>& values,
                            const std::optional<int>& sum) {
    return key == "b" ? std::nullopt : add(values, sum);
  };
  EXPECT_EQ(sorted(run(input(growing()).update_state_by_key(add_but_b))),
            (WordBatches{{{"a", 1}},
                         {{"a", 2}},
                         {{"a", 3}, {"c", 1}},
                         {{"a", 4}, {"c", 1}},
                         {{"a", 5}, {"c", 1}},
                         {{"a", 5}, {"c", 1}}}));
}

TEST_F(StateTest, AKeyWithoutStateIsGone) {
  const auto until_idle = [](const std::vector<int>& values, const std::optional<int>& sum) {
    return values.empty() ? std::nullopt : add(values, sum);
  };
  EXPECT_EQ(
      sorted(run(input(ones({{"a"}, {"a", "b"}, {"b"}, {"a"}})).update_state_by_key(until_idle))),
      (WordBatches{{{"a", 1}}, {{"a", 2}, {"b", 1}}, {{"b", 2}}, {{"a", 1}}}));
}

TEST_F(StateTest, MS2_MapsEachRecordWithItsState) {
  const auto mapped = input(mapped_growing()).map_with_state(&StateTest::sum_up);
  const auto snapshots = collect(mapped.state_snapshots());
  EXPECT_EQ(sorted(run(mapped)), (Batches<int>{{}, {1}, {1, 2}, {1, 2, 3}, {3, 4}, {5}, {}}));
  EXPECT_EQ(sorted(snapshots.batches()), kSums);
}

TEST_F(StateTest, MS3_MapsARecordToSeveral) {
  const auto twice = [](BatchTime, const std::string& key, std::optional<int> one,
                        State<int>& sum) {
    sum_up(key, one, sum);
    return std::optional(std::vector{key, key});
  };
  const auto mapped = input(mapped_growing()).map_with_state(twice);
  const auto snapshots = collect(mapped.state_snapshots());
  EXPECT_EQ(sorted(run(mapped.flat_map([](std::vector<std::string> all) { return all; }))),
            (Batches<std::string>{{},
                                  {"a", "a"},
                                  {"a", "a", "b", "b"},
                                  {"a", "a", "b", "b", "c", "c"},
                                  {"a", "a", "b", "b"},
                                  {"a", "a"},
                                  {}}));
  EXPECT_EQ(sorted(snapshots.batches()), kSums);
}

TEST_F(StateTest, MS4_MapsToPairs) {
  const auto sums = [](const std::string& key, std::optional<int> one, State<int>& sum) {
    return std::pair(key, sum_up(key, one, sum));
  };
  EXPECT_EQ(sorted(run(input(mapped_growing()).map_with_state(sums))),
            (WordBatches{{},
                         {{"a", 1}},
                         {{"a", 2}, {"b", 1}},
                         {{"a", 3}, {"b", 2}, {"c", 1}},
                         {{"a", 4}, {"b", 3}},
                         {{"a", 5}},
                         {}}));
}

TEST_F(StateTest, MS5_BeginsWithTheStatesOfTheSpecAndMapsToNothing) {
  const auto nothing = [](BatchTime, const std::string& key, std::optional<int> one,
                          State<int>& sum) {
    sum_up(key, one, sum);
    return std::optional<int>();
  };
  const auto mapped = input(mapped_growing())
                          .map_with_state(StateSpec(nothing).initial_state(
                              {{"a", 5}, {"b", 10}, {"c", -20}, {"d", 0}}));
  const auto emitted = collect(mapped);
  const auto state = [](int a, int b, int c) {
    return std::vector<std::pair<std::string, int>>{{"a", a}, {"b", b}, {"c", c}, {"d", 0}};
  };
  EXPECT_EQ(sorted(run(mapped.state_snapshots())),
            (WordBatches{state(5, 10, -20), state(6, 10, -20), state(7, 11, -20), state(8, 12, -19),
                         state(9, 13, -19), state(10, 13, -19), state(10, 13, -19)}));
  EXPECT_THAT(emitted.batches(), testing::Each(IsEmpty()));
}

TEST_F(StateTest, MS10_TypesAreFoundByTheFunction) {
  const auto lengths = [](const std::string& key, std::optional<int>, State<std::string>& all) {
    all.update(all.get_option().value_or("") + key);
    return all.get().size();
  };
  const StatefulStream<std::size_t, std::string, std::string> mapped =
      input(ones({{"ab", "ab"}})).map_with_state(lengths);
  EXPECT_EQ(run(mapped), (Batches<std::size_t>{{2, 4}}));
}

TEST_F(StateTest, ARecordThatRemovesTheStateIsTheLastOfIt) {
  const auto until_three = [](const std::string&, std::optional<int> one, State<int>& sum) {
    const int now = sum.get_option().value_or(0) + one.value_or(0);
    if (now < 3) {
      sum.update(now);
    } else if (sum.exists()) {
      sum.remove();
    }
    return now;
  };
  EXPECT_EQ(run(input(ones({{"a", "a", "a", "a"}, {"a"}}), 1).map_with_state(until_three)),
            (Batches<int>{{1, 2, 3, 1}, {2}}));
}

/// Does what the record says with the state, and returns what was to be looked at.
int obey(const std::string&, const std::optional<std::string>& order, State<int>& state) {
  const int before = state.get_option().value_or(-1);
  if (*order == "update") state.update(before + 1);
  if (*order == "remove") state.remove();
  return before;
}

TEST_F(StateTest, SM1_AFunctionMayLookUpdateOrRemove) {
  const auto mapped =
      input<std::pair<std::string, std::string>>({{},
                                                  {{"zero", "noop"}, {"none", "noop"}},
                                                  {{"zero", "get"}, {"none", "get"}},
                                                  {{"zero", "update"}, {"none", "update"}},
                                                  {{"old", "remove"}}},
                                                 1)
          .map_with_state(StateSpec(obey).initial_state({{"zero", 0}, {"old", 345}}));
  const auto snapshots = collect(mapped.state_snapshots());
  EXPECT_EQ(sorted(run(mapped)), (Batches<int>{{}, {-1, 0}, {-1, 0}, {-1, 0}, {345}}));
  const std::vector<std::pair<std::string, int>> unchanged{{"old", 345}, {"zero", 0}};
  EXPECT_EQ(sorted(snapshots.batches()), (WordBatches{unchanged,
                                                      unchanged,
                                                      unchanged,
                                                      {{"none", 0}, {"old", 345}, {"zero", 1}},
                                                      {{"none", 0}, {"zero", 1}}}));
}

TEST_F(StateTest, SM4_StatesThatAreGivenAreInTheirPartitions) {
  const auto mapped = input(ones({{}}))
                          .map_with_state(StateSpec(&StateTest::sum_up)
                                              .initial_state({{"a", 1}, {"b", 2}, {"c", 3}})
                                              .partitions(10));
  const auto partitions = run(mapped.state_snapshots().glom());
  ASSERT_EQ(partitions.size(), 1u);
  ASSERT_EQ(partitions[0].size(), 10u);
  std::size_t states = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    for (const auto& [key, sum] : partitions[0][i]) {
      EXPECT_EQ(HashPartitioner{10}.partition_of(key), static_cast<std::int32_t>(i)) << key;
      ++states;
    }
  }
  EXPECT_EQ(states, 3u);
}

/// Maps a record to "key value", a time-out to "key out sum".
std::string tell(const std::string& key, std::optional<int> one, State<int>& sum) {
  if (sum.is_timing_out()) return key + " out " + std::to_string(sum.get());
  sum.update(sum.get_option().value_or(0) + *one);
  return key + " " + std::to_string(sum.get());
}

TEST_F(StateTest, SM2_AKeyTimesOutInTheFirstBatchAfterItsIdleTime) {
  const auto mapped = input(ones({{"a", "b"}, {"b"}, {"b"}, {"b"}, {"a"}}))
                          .map_with_state(StateSpec(tell).timeout(2s));
  const auto snapshots = collect(mapped.state_snapshots());
  EXPECT_EQ(sorted(run(mapped)),
            (Batches<std::string>{{"a 1", "b 1"}, {"b 2"}, {"b 3"}, {"a out 1", "b 4"}, {"a 1"}}));
  EXPECT_EQ(sorted(snapshots.batches()), (WordBatches{{{"a", 1}, {"b", 1}},
                                                      {{"a", 1}, {"b", 2}},
                                                      {{"a", 1}, {"b", 3}},
                                                      {{"b", 4}},
                                                      {{"a", 1}, {"b", 4}}}));
}

TEST_F(StateTest, SM2_ARecordThatChangesNothingKeepsAKeyAlive) {
  const auto look = [](const std::string& key, std::optional<int>, State<int>& sum) {
    if (!sum.exists()) sum.update(1);
    return key + (sum.is_timing_out() ? " out" : "");
  };
  EXPECT_EQ(run(input(ones({{"a"}, {}, {"a"}, {}, {}, {}}), 1)
                    .map_with_state(StateSpec(look).timeout(2s))),
            (Batches<std::string>{{"a"}, {}, {"a"}, {}, {}, {"a out"}}));
}

TEST_F(StateTest, MS1_WhatAStateCannotDoIsRefused) {
  State<int> none(nullptr);
  EXPECT_THROW(none.get(), std::logic_error);
  EXPECT_EQ(none.get_option(), std::nullopt);
  none.remove();
  EXPECT_THROW(none.update(1), std::logic_error);
  EXPECT_THROW(none.remove(), std::logic_error);
  const int three = 3;
  State<int> going(&three, /*timing_out=*/true);
  EXPECT_TRUE(going.is_timing_out());
  EXPECT_EQ(going.get(), 3);
  EXPECT_THROW(going.update(1), std::logic_error);
  EXPECT_THROW(going.remove(), std::logic_error);
}

TEST_F(StateTest, ATaskThatIsTriedAgainBeginsWithTheStateOfBefore) {
  auto failures = std::make_shared<int>(2);
  const auto fail_first = [failures](const std::string& key, std::optional<int> one,
                                     State<int>& sum) {
    const int now = sum_up(key, one, sum);
    if (now == 3 && (*failures)-- > 0) throw std::runtime_error("not yet");
    return now;
  };
  const auto mapped = input(ones({{"a"}, {"a", "a"}, {"a"}}), 1).map_with_state(fail_first);
  EXPECT_EQ(run(mapped), (Batches<int>{{1}, {2, 3}, {4}}));
  EXPECT_EQ(reports()[1].failed_attempts, 2);
}

TEST_F(StateTest, StateIsCountedAsMemory) {
  const auto keep = [](const std::vector<int>& values, const std::optional<std::string>&) {
    return values.empty() ? std::nullopt : std::optional(std::string(10'000, 'x'));
  };
  collect(input(ones({{"a"}, {"b", "c"}, {}, {}})).update_state_by_key(keep));
  std::vector<std::size_t> bytes;
  ASSERT_TRUE(run([&] { bytes.push_back(status().state_bytes / 10'000); }).ok());
  // What a batch took out is kept until it is committed and the next one begins.
  EXPECT_THAT(bytes, ElementsAre(1, 1 + 2, 2, 0));
}

TEST_F(StateTest, WorksBehindAWindow) {
  const auto sums =
      input(ones({{"a"}, {"b"}, {"a"}, {"a"}})).window(2s, 2s).update_state_by_key(&StateTest::add);
  EXPECT_EQ(sorted(run(sums)), (WordBatches{{{"a", 1}, {"b", 1}}, {{"a", 3}, {"b", 1}}}));
}

}  // namespace
}  // namespace weir
