#include "stream/batch_history.h"

#include <gmock/gmock.h>

namespace weir::stream {
namespace {

using namespace std::chrono_literals;

constexpr BatchTime at_second(std::int64_t seconds) { return {seconds * 1'000'000}; }

class BatchHistoryTest : public testing::Test {
 protected:
  BatchHistoryTest() { history.start(at_second(100)); }
  exec::BatchTimes take(std::int64_t second, bool is_part = false) {
    return history.take(at_second(second), is_part);
  }
  BatchHistory history;
};

TEST_F(BatchHistoryTest, AWindowEndsWithTheFirstBatchAtOrAfterItsEnd) {
  EXPECT_FALSE(take(101).ends(4s));
  EXPECT_TRUE(take(104).ends(4s));
  EXPECT_FALSE(take(105).ends(4s));
  const exec::BatchTimes late = take(113);
  EXPECT_TRUE(late.ends(4s));
  EXPECT_EQ(late.end(4s), at_second(112));
}

TEST_F(BatchHistoryTest, AtTheStartNoWindowEndsThatWasOverBefore) {
  EXPECT_FALSE(take(103).ends(4s));
}

TEST_F(BatchHistoryTest, ABatchThatIsMadeAgainInPartsEndsWindowsWithTheLast) {
  const exec::BatchTimes whole = take(104);
  history.withdraw(whole);
  const exec::BatchTimes first = take(104, /*is_part=*/true);
  const exec::BatchTimes second = take(105, /*is_part=*/true);
  const exec::BatchTimes last = take(106);
  EXPECT_FALSE(first.ends(4s));
  EXPECT_FALSE(second.ends(4s));
  EXPECT_TRUE(last.ends(4s));
  EXPECT_EQ(last.at, at_second(104));
  EXPECT_TRUE(take(108).ends(4s));
}

TEST_F(BatchHistoryTest, WhatIsGivenUpHasEndedNoWindow) {
  history.on_committed(take(103));
  EXPECT_TRUE(take(104).ends(4s));
  history.rewind();
  EXPECT_TRUE(take(106).ends(4s));
}

TEST_F(BatchHistoryTest, PartsThatAreCommittedEndNoWindowYet) {
  history.on_committed(take(104, /*is_part=*/true));
  take(105);
  history.rewind();
  EXPECT_TRUE(take(106).ends(4s));
}

TEST_F(BatchHistoryTest, WithoutASlideWindowsEndWithEachBatch) {
  EXPECT_TRUE(take(101).ends(0s));
  EXPECT_EQ(take(103).end(0s), at_second(103));
}

TEST_F(BatchHistoryTest, ABatchBuildsOnTheLastThatCounts) {
  const exec::BatchTimes first = take(101);
  EXPECT_EQ(first.follows, BatchTime{});
  EXPECT_EQ(take(102).follows, at_second(101));
  history.on_committed(first);
  EXPECT_EQ(take(103).committed, at_second(101));
  history.rewind();
  EXPECT_EQ(take(104).follows, at_second(101));
  history.withdraw(take(105));
  EXPECT_EQ(history.last(), at_second(104));
  EXPECT_EQ(take(105, /*is_part=*/true).follows, at_second(104));
  EXPECT_EQ(take(106).follows, at_second(105));
}

TEST_F(BatchHistoryTest, KnowsThePreviousEnd) {
  take(104);
  const exec::BatchTimes times = take(109);
  EXPECT_EQ(times.previous_end(4s), at_second(104));
  EXPECT_EQ(times.end(4s), at_second(108));
  EXPECT_EQ(times.previous_end(0s), at_second(104));
}

}  // namespace
}  // namespace weir::stream
