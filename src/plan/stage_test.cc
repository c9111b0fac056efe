#include <gmock/gmock.h>

#include "plan/fake_pipeline.h"

namespace weir::plan {
namespace {

using testing::ElementsAre;

std::string upper(std::string s) { return s; }

/// Pipelines over two sources, as stages in text.
class StageTest : public testing::Test {
 protected:
  /// Each stage as "head", then what it needs, then what is said of it.
  std::vector<std::string> stages() const {
    std::vector<std::string> all;
    for (const Stage& stage : cut(pipeline.graph())) {
      std::string text = stage.head->name;
      for (const std::size_t upstream : stage.upstream) text += concat(" <", upstream);
      if (stage.whole_partition) text += " whole";
      if (stage.feeds_exchange) text += " feeds";
      if (stage.counts_memory) text += " counts";
      all.push_back(text);
    }
    return all;
  }
  DStream<std::string> add_source(const char* name) {
    return fake_strings(detail::append_source(pipeline, std::make_unique<FakeSource>(name, 1)));
  }

  Pipeline pipeline;
  DStream<std::string> first = add_source("first");
  DStream<std::string> second = add_source("second");
};

TEST_F(StageTest, ASourceWithNothingButNarrowOperatorsIsOneStage) {
  write_to_fake(first.map(upper).filter([](const std::string&) { return true; }));
  EXPECT_THAT(stages(), ElementsAre("fake source"));
}

TEST_F(StageTest, StreamsThatLeadToNoOutputAreLeftOut) {
  first.map(upper).repartition(2);
  EXPECT_THAT(stages(), ElementsAre());
  write_to_fake(second);
  EXPECT_THAT(stages(), ElementsAre("fake source"));
}

TEST_F(StageTest, AnExchangeBeginsAStageBehindWhatFeedsIt) {
  write_to_fake(first.repartition(2).map(upper));
  EXPECT_THAT(stages(), ElementsAre("fake source feeds", "repartition <0"));
}

TEST_F(StageTest, ABranchToAnExchangeThatLeadsNowhereFeedsNothing) {
  write_to_fake(first);
  first.repartition(2);
  EXPECT_THAT(stages(), ElementsAre("fake source"));
}

TEST_F(StageTest, AUnionIsFedByAllItsParents) {
  write_to_fake(first.union_with(second).repartition(2));
  EXPECT_THAT(stages(), ElementsAre("fake source feeds", "fake source feeds", "repartition <0 <1"));
}

TEST_F(StageTest, AStageThatFeedsAnExchangeTwiceIsNamedOnce) {
  write_to_fake(first.union_with(first.map(upper)).repartition(2));
  EXPECT_THAT(stages(), ElementsAre("fake source feeds", "repartition <0"));
}

TEST_F(StageTest, StagesComeInAnOrderInWhichTheyCanRun) {
  // The second exchange that was described feeds the first.
  const auto behind = first.repartition(2);
  write_to_fake(behind.union_with(second.repartition(3)).repartition(4));
  EXPECT_THAT(stages(),
              ElementsAre("fake source feeds", "fake source feeds", "repartition <0 feeds",
                          "repartition <1 feeds", "repartition <2 <3"));
}

TEST_F(StageTest, AnOperatorThatNeedsAWholePartitionMarksItsOwnStageOnly) {
  const auto whole = first.map_partitions([](std::vector<std::string> all) { return all; });
  write_to_fake(whole.repartition(2));
  write_to_fake(second);
  EXPECT_THAT(stages(), ElementsAre("fake source whole feeds", "fake source", "repartition <0"));
}

TEST_F(StageTest, ReducingNeedsWholePartitionsBehindTheExchangeOnly) {
  first.count_by_value().for_each([](const auto&) {});
  EXPECT_THAT(stages(), ElementsAre("fake source feeds", "count_by_value <0 whole"));
}

TEST_F(StageTest, GroupingCountsMemoryBehindTheExchangeOnly) {
  const auto pairs = first.map([](const std::string& s) { return std::pair(s, 1); });
  pairs.group_by_key().map([](const auto& group) { return group.first; }).for_each([](const auto&) {
  });
  EXPECT_THAT(stages(), ElementsAre("fake source feeds", "group_by_key <0 whole counts"));
}

TEST_F(StageTest, WhatReducedValuesHoldIsCountedWhereTheyMayGrow) {
  const auto pairs = first.map([](const std::string& s) { return std::pair(s, s); });
  pairs.reduce_by_key([](const std::string& a, const std::string& b) { return a + b; })
      .for_each([](const auto&) {});
  EXPECT_THAT(stages(), ElementsAre("fake source feeds", "reduce_by_key <0 whole counts"));
}

}  // namespace
}  // namespace weir::plan
