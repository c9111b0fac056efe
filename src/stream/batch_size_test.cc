#include "stream/batch_size.h"

#include <gmock/gmock.h>

#include <cstdint>

namespace weir::stream {
namespace {

TEST(BatchSize, ReadsAsMuchAsMayBeReadWhereNothingIsHeld) {
  BatchSize size(1000, SIZE_MAX);
  EXPECT_EQ(size.bytes(), 1000u);
  size.fitted(1000, 0);
  EXPECT_EQ(size.bytes(), 1000u);
}

TEST(BatchSize, LearnsALargerGrowthAtOnce) {
  BatchSize size(1000, 800);
  EXPECT_EQ(size.bytes(), 600u);
  size.fitted(100, 600);
  EXPECT_EQ(size.bytes(), 100u);
}

TEST(BatchSize, ForgetsALargerGrowthSlowly) {
  BatchSize size(1000, 800);
  size.fitted(100, 600);
  size.fitted(100, 50);
  EXPECT_EQ(size.bytes(), 114u);
  for (int i = 0; i < 100; ++i) size.fitted(100, 50);
  EXPECT_EQ(size.bytes(), 1000u);
}

TEST(BatchSize, HalvesWhatDidNotFit) {
  BatchSize size(1000, 800);
  size.overran(600);
  EXPECT_EQ(size.bytes(), 300u);
  size.overran(300);
  EXPECT_EQ(size.bytes(), 150u);
}

TEST(BatchSize, DoesNotGrowByABatchThatDidNotFitThoughItWasSmall) {
  BatchSize size(1000, 800);
  size.fitted(1, 600);
  EXPECT_EQ(size.bytes(), 1u);
  size.overran(100);
  EXPECT_EQ(size.bytes(), 1u);
}

TEST(BatchSize, HalvesWhatTookTooLong) {
  BatchSize size(1000, SIZE_MAX);
  size.took_too_long(800);
  EXPECT_EQ(size.bytes(), 400u);
  size.took_too_long(400);
  EXPECT_EQ(size.bytes(), 200u);
  size.took_too_long(600);  // it began before
  EXPECT_EQ(size.bytes(), 200u);
}

TEST(BatchSize, GrowsAgainToHalfOfTheTime) {
  BatchSize size(1000, SIZE_MAX);
  size.took_too_long(200);
  size.was_in_time(100, 0.6);
  EXPECT_EQ(size.bytes(), 100u);
  size.was_in_time(100, 0.4);
  EXPECT_EQ(size.bytes(), 125u);
  size.was_in_time(125, 0.01);
  EXPECT_EQ(size.bytes(), 250u);
  size.was_in_time(10, 0.01);  // says nothing of larger ones
  EXPECT_EQ(size.bytes(), 250u);
  size.was_in_time(500, 0);
  EXPECT_EQ(size.bytes(), 1000u);
}

TEST(BatchSize, WhatFitsBoundsWhatIsInTime) {
  BatchSize size(1000, 800);
  size.took_too_long(1800);
  EXPECT_EQ(size.bytes(), 600u);
}

TEST(BatchSize, IsNeverNothing) {
  BatchSize size(1000, 800);
  size.fitted(1, 1'000'000);
  EXPECT_EQ(size.bytes(), 1u);
  size.overran(0);
  EXPECT_EQ(size.bytes(), 1u);
  size.fitted(0, 0);
  EXPECT_EQ(size.bytes(), 1u);
  size.took_too_long(1);
  EXPECT_EQ(size.bytes(), 1u);
}

}  // namespace
}  // namespace weir::stream
