#include "stream/planner.h"

#include <gmock/gmock.h>

namespace weir::stream {
namespace {

using testing::ElementsAre;

constexpr std::size_t kMuch = 1000;

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
    for (const auto& slices : plan.slices) {
      for (const plan::Slice& slice : slices) {
        all.emplace_back(slice.from.value, slice.until.value);
      }
    }
    return all;
  }
};

TEST_F(PlannerTest, SK4_GathersPiecesIntoTasks) {
  const Plan plan = plan_batch({{{pieces(first, 0, 5)}}}, {kMuch, kMuch, 200});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 20), std::pair(20, 40), std::pair(40, 50)));
  EXPECT_FALSE(plan.cut_by_bytes);
}

TEST_F(PlannerTest, KeepsAPartitionWholeWhereAStageNeedsIt) {
  const Plan plan = plan_batch({{{pieces(first, 0, 5)}, true}}, {kMuch, kMuch, 200});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 50)));
}

TEST_F(PlannerTest, IsFairWhereTheBatchIsFull) {
  const Plan plan =
      plan_batch({{{pieces(first, 0, 5), pieces(second, 70, 5)}}}, {400, kMuch, kMuch});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 20), std::pair(70, 90)));
  EXPECT_TRUE(plan.cut_by_bytes);
}

TEST_F(PlannerTest, GivesEachPartitionItsTurnWhereABatchHoldsOnePiece) {
  const std::vector<Offer> offers = {{{pieces(first, 0, 2)}}, {{pieces(second, 70, 2)}}};
  EXPECT_THAT(ranges(plan_batch(offers, {100, kMuch, kMuch, 0})), ElementsAre(std::pair(0, 10)));
  EXPECT_THAT(ranges(plan_batch(offers, {100, kMuch, kMuch, 1})), ElementsAre(std::pair(70, 80)));
  EXPECT_THAT(ranges(plan_batch(offers, {100, kMuch, kMuch, 2})), ElementsAre(std::pair(0, 10)));
}

TEST_F(PlannerTest, BoundsWhatEachSourceGivesAndWhatAllGive) {
  const std::vector<Offer> offers = {{{pieces(first, 0, 5)}}, {{pieces(second, 70, 5)}}};
  const Plan by_source = plan_batch(offers, {kMuch, 200, kMuch});
  EXPECT_THAT(ranges(by_source), ElementsAre(std::pair(0, 20), std::pair(70, 90)));
  EXPECT_TRUE(by_source.cut_by_bytes);
  const Plan in_all = plan_batch(offers, {300, 200, kMuch});
  EXPECT_THAT(ranges(in_all), ElementsAre(std::pair(0, 20), std::pair(70, 80)));
}

TEST_F(PlannerTest, CutsAPieceThatIsLargerThanTheBatch) {
  const Plan plan = plan_batch({{{pieces(first, 0, 2)}}}, {40, kMuch, kMuch});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 4)));
  EXPECT_EQ(plan.slices[0][0].bytes, 40u);
  EXPECT_TRUE(plan.cut_by_bytes);
}

TEST_F(PlannerTest, AlwaysTakesOneRecordAndNoMoreThanFits) {
  const Plan plan = plan_batch({{{pieces(first, 0, 2)}}, {{pieces(second, 0, 2)}}}, {1, kMuch, 1});
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 1)));
}

TEST_F(PlannerTest, BoundsAlsoRecordsWithoutBytes) {
  const plan::ReadAhead empty{
      &first, 0, {{Offset{0}, Offset{1}, 0, 1}, {Offset{1}, Offset{2}, 0, 1}}};
  EXPECT_THAT(ranges(plan_batch({{{empty}}}, {1, kMuch, kMuch})), ElementsAre(std::pair(0, 1)));
}

TEST_F(PlannerTest, CutsAPieceAtTheRateLimit) {
  PlanLimits limits{kMuch, kMuch, kMuch};
  limits.records_allowed = [](const RecordOrigin& origin) {
    return origin.partition.value == 0 ? 13 : 0;
  };
  const Plan plan = plan_batch({{{pieces(first, 0, 5), pieces(second, 0, 5)}}}, limits);
  EXPECT_THAT(ranges(plan), ElementsAre(std::pair(0, 13)));
  EXPECT_EQ(plan.slices[0][0].records, 13);
  EXPECT_TRUE(plan.cut_by_rate);
  EXPECT_FALSE(plan.cut_by_bytes);
}

TEST_F(PlannerTest, TakesNothingFromNothing) {
  EXPECT_THAT(ranges(plan_batch({}, {kMuch, kMuch, kMuch})), ElementsAre());
  EXPECT_THAT(ranges(plan_batch({{}, {}}, {kMuch, kMuch, kMuch})), ElementsAre());
}

}  // namespace
}  // namespace weir::stream
