#include "broker/epoch_history.h"

#include <gtest/gtest.h>

namespace weir::broker {
namespace {

class EpochHistoryTest : public testing::Test {
 protected:
  EpochHistoryTest() {
    history_.begin(0, Offset{0});
    history_.begin(2, Offset{10});
    history_.begin(5, Offset{30});
  }
  void expect_end(std::int32_t asked, std::int32_t epoch, std::int64_t offset) const {
    const auto end = history_.end_of(asked, Offset{40});
    EXPECT_EQ(end.epoch, epoch) << "of epoch " << asked;
    EXPECT_EQ(end.offset, Offset{offset}) << "of epoch " << asked;
  }

  EpochHistory history_;
};

TEST_F(EpochHistoryTest, EndsAnEpochWhereTheNextBegins) {
  expect_end(0, 0, 10);
  expect_end(2, 2, 30);
  expect_end(5, 5, 40);
}

TEST_F(EpochHistoryTest, AnswersForAnEpochWithoutRecordsByTheOneBefore) {
  expect_end(1, 0, 10);
  expect_end(4, 2, 30);
}

TEST_F(EpochHistoryTest, KnowsNothingOfWhatHasNotBegun) {
  EXPECT_FALSE(history_.end_of(6, Offset{40}).known());
  EXPECT_FALSE(history_.end_of(-1, Offset{40}).known());
  EXPECT_FALSE(EpochHistory().end_of(0, Offset{0}).known());
}

TEST_F(EpochHistoryTest, TakesAnEpochOnlyOnce) {
  history_.begin(5, Offset{35});
  history_.begin(4, Offset{36});
  expect_end(2, 2, 30);
}

TEST_F(EpochHistoryTest, ForgetsALeaderThatWroteNothing) {
  history_.begin(6, Offset{40});
  history_.begin(7, Offset{40});
  expect_end(5, 5, 40);
  expect_end(6, 5, 40);
  EXPECT_EQ(history_.epoch_at(Offset{39}), 5);
  EXPECT_EQ(history_.epoch_at(Offset{40}), 7);
}

TEST_F(EpochHistoryTest, ForgetsWhatIsCutOff) {
  history_.cut(Offset{20});
  EXPECT_EQ(history_.end_of(2, Offset{20}).offset, Offset{20});
  EXPECT_FALSE(history_.end_of(5, Offset{20}).known());
}

TEST_F(EpochHistoryTest, BeginsWithTheLog) {
  history_.forget_before(Offset{15});
  expect_end(0, 0, 15);  // an older epoch than any that is left: it ended before them
  expect_end(2, 2, 30);
  EXPECT_EQ(history_.epoch_at(Offset{14}), -1);
  EXPECT_EQ(history_.epoch_at(Offset{15}), 2);
}

TEST_F(EpochHistoryTest, IsWholeWhereTheLogStartsAtItsBeginning) {
  history_.forget_before(Offset{0});
  expect_end(0, 0, 10);
}

}  // namespace
}  // namespace weir::broker
