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

TEST(BatchSize, IsNeverNothing) {
  BatchSize size(1000, 800);
  size.fitted(1, 1'000'000);
  EXPECT_EQ(size.bytes(), 1u);
  size.overran(0);
  EXPECT_EQ(size.bytes(), 1u);
  size.fitted(0, 0);
  EXPECT_EQ(size.bytes(), 1u);
}

}  // namespace
}  // namespace weir::stream
