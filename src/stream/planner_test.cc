#include "stream/planner.h"

#include <gmock/gmock.h>

namespace weir::stream {
namespace {

using testing::ElementsAre;

class PlannerTest : public testing::Test {
 protected:
  RecordOrigin first{"t", PartitionId{0}};
  RecordOrigin second{"t", PartitionId{1}};

  /// Pieces of 10 records and 100 bytes each.
  static plan::ReadAhead pieces(const RecordOrigin& origin, std::int64_t from, int count) {
    plan::ReadAhead ahead{&origin, 0, {}};
    for (int i = 0; i < count; ++i, from += 10) {
      ahead.pieces.push_back({Offset{from}, Offset{from + 10}, 100, 10});
    }
    return ahead;
  }
  static std::vector<std::pair<std::int64_t, std::int64_t>> ranges(const Plan& plan) {
    std::vector<std::pair<std::int64_t, std::int64_t>> all;
    for (const plan::Slice& slice : plan.slices) {
      all.emplace_back(slice.from.value, slice.until.value);
    }
    return all;
  }
};

TEST_F(PlannerTest, GathersPiecesIntoTasks) {
  const Plan plan = plan_batch({pieces(first, 0, 5)}, {.batch_bytes = 1000, .task_bytes = 200});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 20), std::pair(20, 40), std::pair(40, 50)));
  EXPECT_FALSE(plan.cut_by_bytes);
}

TEST_F(PlannerTest, KeepsAPartitionWholeWhereAStageNeedsIt) {
  const Plan plan = plan_batch({pieces(first, 0, 5)},
                               {.batch_bytes = 1000, .task_bytes = 200, .whole_partition = true});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 50)));
}

TEST_F(PlannerTest, IsFairWhereTheBatchIsFull) {
  const Plan plan = plan_batch({pieces(first, 0, 5), pieces(second, 70, 5)},
                               {.batch_bytes = 400, .task_bytes = 1000});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 20), std::pair(70, 90)));
  EXPECT_TRUE(plan.cut_by_bytes);
}

TEST_F(PlannerTest, AlwaysTakesOnePiece) {
  const Plan plan = plan_batch({pieces(first, 0, 2)}, {.batch_bytes = 1, .task_bytes = 1});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 10)));
}

TEST_F(PlannerTest, CutsAPieceAtTheRateLimit) {
  PlanLimits limits{.batch_bytes = 1000, .task_bytes = 1000};
  limits.records_allowed = [](const RecordOrigin& origin) {
    return origin.partition.value == 0 ? 13 : 0;
  };
  const Plan plan = plan_batch({pieces(first, 0, 5), pieces(second, 0, 5)}, limits);
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 13)));
  EXPECT_EQ(plan.slices[0].records, 13);
  EXPECT_TRUE(plan.cut_by_rate);
}

TEST_F(PlannerTest, TakesNothingFromNothing) {
  EXPECT_TRUE(plan_batch({}, {.batch_bytes = 1000, .task_bytes = 1000}).slices.empty());
}

}  // namespace
}  // namespace weir::stream
