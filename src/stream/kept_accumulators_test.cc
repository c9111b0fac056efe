#include "stream/kept_accumulators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir::stream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<detail::AccumulatorCell> cell(const char* name, bool is_integer = true) {
  auto made = std::make_shared<detail::AccumulatorCell>();
  made->name = name;
  made->is_integer = is_integer;
  return made;
}

class KeptAccumulatorsTest : public testing::Test {
 protected:
  const std::shared_ptr<detail::AccumulatorCell> count = cell("count");
  const std::shared_ptr<detail::AccumulatorCell> sum = cell("sum", /*is_integer=*/false);
  KeptAccumulators kept{{count, sum}};
};

TEST_F(KeptAccumulatorsTest, AreWhatABatchMakesOfThem) {
  count->integer = 40;
  plan::AccumulatorDeltas added;
  added.add(count, std::int64_t{2});
  added.add(sum, 0.1);
  EXPECT_THAT(kept.after(added),
              ElementsAre(plan::KeptValue{"count", "42"}, plan::KeptValue{"sum", "0.1"}));
  EXPECT_EQ(count->integer, 40) << "only once it is committed";
}

TEST_F(KeptAccumulatorsTest, ABatchFollowsThoseThatAreNotCommittedYet) {
  plan::AccumulatorDeltas first;
  first.add(count, std::int64_t{2});
  plan::AccumulatorDeltas second;
  second.add(count, std::int64_t{3});
  kept.after(first);
  EXPECT_THAT(kept.after(second), ElementsAre(plan::KeptValue{"count", "5"}));
  first.publish();
  kept.on_committed();
  EXPECT_THAT(kept.after(second), ElementsAre(plan::KeptValue{"count", "8"}));
  kept.restore({{"count", "5"}});  // of the three, two were committed
  EXPECT_EQ(count->integer, 5);
  EXPECT_THAT(kept.after(first), ElementsAre(plan::KeptValue{"count", "7"}));
}

TEST_F(KeptAccumulatorsTest, OnlyWhatABatchChangesIsWritten) {
  plan::AccumulatorDeltas added;
  EXPECT_THAT(kept.after(added), IsEmpty());
  added.add(cell("of another context"), std::int64_t{1});
  EXPECT_THAT(kept.after(added), IsEmpty());
}

TEST_F(KeptAccumulatorsTest, GoOnWhereTheLastProcessStopped) {
  count->integer = 1;  // added before the start
  kept.restore({{"count", "41"}, {"sum", "2.5"}, {"gone", "7"}});
  EXPECT_EQ(count->integer, 42);
  EXPECT_EQ(sum->real, 2.5);
}

TEST_F(KeptAccumulatorsTest, ABatchOfWhichNobodyKnewCountsWhereItWasCommitted) {
  plan::AccumulatorDeltas added;
  added.add(count, std::int64_t{5});
  kept.after(added);
  added.publish();
  kept.on_committed();
  kept.after(added);
  kept.restore({{"count", "10"}});  // it was
  EXPECT_EQ(count->integer, 10);
  kept.after(added);
  kept.restore({{"count", "10"}});  // it was not
  EXPECT_EQ(count->integer, 10);
}

TEST_F(KeptAccumulatorsTest, AnyNumberReadsBackTheSame) {
  plan::AccumulatorDeltas added;
  added.add(sum, 1.0 / 3);
  added.add(count, std::numeric_limits<std::int64_t>::min());
  const auto values = kept.after(added);
  kept.restore(values);
  EXPECT_EQ(sum->real, 1.0 / 3);
  EXPECT_EQ(count->integer, std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace weir::stream
