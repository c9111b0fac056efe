#include "stream/input_planner.h"

#include <gmock/gmock.h>

#include "plan/fake_pipeline.h"

namespace weir::stream {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Two sources of one partition each, whose records have ten bytes.
class InputPlannerTest : public testing::Test {
 protected:
  void make(std::size_t most_read, std::int64_t rate = 0, Duration batch_interval = Duration{0},
            std::int64_t initial_rate = 0) {
    planner.emplace(InputPlanner::Setup{&pipeline.graph(), &stages, 1'000'000},
                    BatchSize(most_read, SIZE_MAX), RateLimit(rate, batch_interval),
                    InputRates({.initial_rate = initial_rate}, batch_interval));
  }
  plan::FakeSource* add_source(const char* topic) {
    auto owned = std::make_unique<plan::FakeSource>(topic, 1);
    plan::FakeSource* source = owned.get();
    plan::write_to_fake(plan::fake_strings(detail::append_source(pipeline, std::move(owned))));
    return source;
  }
  static void add(plan::FakeSource* source, int records) {
    for (int i = 0; i < records; ++i) source->add(0, "ten bytes.");
  }
  std::vector<std::string> take() {
    last = planner->take_next(TimePoint{now * interval}, Occasion::kTick);
    std::vector<std::string> all;
    for (const auto& slices : last) {
      for (const plan::Slice& slice : slices) {
        all.push_back(concat(slice.origin->topic, " ", slice.from.value, "-", slice.until.value));
      }
    }
    return all;
  }
  /// Gives the last input back.
  bool give_back() {
    return planner->give_back(
        exec::BatchRun({&pipeline.graph(), &stages, {}, 0}, BatchTime{}, last, [] {}));
  }

  Pipeline pipeline;
  plan::FakeSource* first = add_source("a");
  plan::FakeSource* second = add_source("b");
  std::vector<plan::Stage> stages = plan::cut(pipeline.graph());
  std::optional<InputPlanner> planner;
  exec::BatchRun::Input last;
  int now = 0;
  Duration interval = seconds(1);
};

TEST_F(InputPlannerTest, TakesFromAllSourcesOnce) {
  make(1000);
  add(first, 2);
  add(second, 1);
  EXPECT_THAT(take(), ElementsAre("a 0-2", "b 0-1"));
  EXPECT_FALSE(planner->has_more());
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(InputPlannerTest, SaysWhereThereIsMoreThanABatchHolds) {
  make(20);
  add(first, 3);
  EXPECT_THAT(take(), ElementsAre("a 0-2"));
  EXPECT_TRUE(planner->has_more());
  EXPECT_THAT(take(), ElementsAre("a 2-3"));
  EXPECT_FALSE(planner->has_more());
}

TEST_F(InputPlannerTest, HoldsTheRate) {
  make(1000, /*rate=*/2);
  add(first, 5);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_TRUE(planner->held_by_rate());
  now = 1;
  EXPECT_THAT(take(), ElementsAre("a 0-2"));
}

TEST_F(InputPlannerTest, TakesWhatWasGivenBackInHalvesBeforeAnythingElse) {
  make(1000);
  add(first, 4);
  EXPECT_THAT(take(), ElementsAre("a 0-4"));
  ASSERT_TRUE(give_back());
  add(second, 1);
  EXPECT_TRUE(planner->has_returned() && planner->has_more());
  EXPECT_THAT(take(), ElementsAre("a 0-2"));
  EXPECT_THAT(take(), ElementsAre("a 2-4"));
  EXPECT_FALSE(planner->has_returned());
  EXPECT_THAT(take(), ElementsAre("b 0-1"));
}

TEST_F(InputPlannerTest, CutsFurtherWhatDoesNotFitAgain) {
  make(1000);
  add(first, 2);
  add(second, 2);
  EXPECT_THAT(take(), ElementsAre("a 0-2", "b 0-2"));
  std::vector<std::string> all;
  while (give_back()) all = take();
  EXPECT_THAT(all, testing::SizeIs(1));
  EXPECT_TRUE(all[0] == "a 0-1" || all[0] == "b 0-1") << all[0];
}

TEST_F(InputPlannerTest, TakesWhatWasGivenBackWithoutCountingItsRateAgain) {
  make(1000, /*rate=*/2);
  add(first, 2);
  take();
  now = 1;
  EXPECT_THAT(take(), ElementsAre("a 0-2"));
  ASSERT_TRUE(give_back());
  EXPECT_THAT(take(), ElementsAre("a 0-1"));
  EXPECT_THAT(take(), ElementsAre("a 1-2"));
}

TEST_F(InputPlannerTest, CannotMakeOneRecordSmaller) {
  make(1000);
  add(first, 1);
  take();
  EXPECT_FALSE(give_back());
  EXPECT_FALSE(planner->has_returned());
}

TEST_F(InputPlannerTest, ForgetsWhatWasGivenBackWhereItIsDropped) {
  make(1000);
  add(first, 2);
  take();
  ASSERT_TRUE(give_back());
  planner->drop_returned();
  EXPECT_THAT(take(), IsEmpty());
}

/// What partitions of so many records give to the second batch: a partition's rate begins with the
/// first one, which has nothing.
class InputRateRows : public InputPlannerTest {
 protected:
  std::vector<std::string> second_batch(std::int64_t most, std::int64_t initial, Duration every,
                                        int records) {
    interval = every;
    make(1'000'000, most, every, initial);
    add(first, records);
    add(second, records);
    take();
    now = 1;
    return take();
  }
};

TEST_F(InputRateRows, DK8_TheMostOfAPartitionWithoutAnEstimate) {
  EXPECT_THAT(second_batch(100, 0, std::chrono::milliseconds(100), 50),
              ElementsAre("a 0-10", "b 0-10"));
}

TEST_F(InputRateRows, DK10_TheMostOfAPartitionBelowTheEstimate) {
  EXPECT_THAT(second_batch(50, 1000, std::chrono::milliseconds(100), 1000),
              ElementsAre("a 0-5", "b 0-5"));
}

// A rate that falls: Spark's estimator is told what to say, here it is the initial rate.
TEST_F(InputRateRows, K8e_TheRateBelowTheMostOfAPartition) {
  const auto every = std::chrono::milliseconds(100);
  EXPECT_THAT(second_batch(100, 100, every, 100), ElementsAre("a 0-10", "b 0-10"));
  now = 0;
  EXPECT_THAT(second_batch(100, 50, every, 100), ElementsAre("a 10-15", "b 10-15"));
  now = 0;
  EXPECT_THAT(second_batch(100, 20, every, 100), ElementsAre("a 15-17", "b 15-17"));
}

TEST_F(InputRateRows, DK12_TheInitialRateBelowTheMost) {
  EXPECT_THAT(second_batch(1000, 500, std::chrono::milliseconds(500), 1000),
              ElementsAre("a 0-250", "b 0-250"));
}

TEST_F(InputRateRows, DK12_TheMostBelowTheInitialRate) {
  EXPECT_THAT(second_batch(300, 1000, std::chrono::milliseconds(500), 1000),
              ElementsAre("a 0-150", "b 0-150"));
}

}  // namespace
}  // namespace weir::stream
