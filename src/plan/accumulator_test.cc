#include "plan/accumulator.h"

#include <gtest/gtest.h>

#include "plan/current_task.h"
#include "weir/pipeline.h"

namespace weir::plan {
namespace {

class FakeTask final : public CurrentTask {
 public:
  std::function<void(Result<void>)> hold() override { return {}; }
};

TEST(Accumulator, AddsAtOnceOutsideOfTasks) {
  Pipeline pipeline;
  const auto count = pipeline.accumulator("n");
  const auto sum = pipeline.accumulator<double>("sum");
  count += 2;
  sum += 0.5;
  EXPECT_EQ(count.value(), 2);
  EXPECT_EQ(sum.value(), 0.5);
}

TEST(Accumulator, AddsInsideATaskWhenTheTaskIsPublished) {
  Pipeline pipeline;
  const auto count = pipeline.accumulator("n");
  const auto sum = pipeline.accumulator<double>("sum");
  FakeTask task;
  {
    const CurrentTaskScope scope(task);
    count += 1;
    count += 2;
    sum += 0.5;
  }
  EXPECT_EQ(count.value(), 0);
  task.accumulators().publish();
  EXPECT_EQ(count.value(), 3);
  EXPECT_EQ(sum.value(), 0.5);
}

TEST(Accumulator, IsTheSameUnderTheSameName) {
  Pipeline pipeline;
  pipeline.accumulator("n") += 1;
  pipeline.accumulator("other") += 5;
  EXPECT_EQ(pipeline.accumulator("n").value(), 1);
}

TEST(Accumulator, OutlivesItsPipeline) {
  auto pipeline = std::make_unique<Pipeline>();
  const auto count = pipeline->accumulator("n");
  pipeline.reset();
  count += 1;
  EXPECT_EQ(count.value(), 1);
}

TEST(CurrentTask, IsTheInnermostOfTheScopesOfThisThread) {
  FakeTask outer;
  FakeTask inner;
  EXPECT_EQ(current_task(), nullptr);
  {
    const CurrentTaskScope outer_scope(outer);
    {
      const CurrentTaskScope inner_scope(inner);
      EXPECT_EQ(current_task(), &inner);
    }
    EXPECT_EQ(current_task(), &outer);
  }
  EXPECT_EQ(current_task(), nullptr);
}

}  // namespace
}  // namespace weir::plan
