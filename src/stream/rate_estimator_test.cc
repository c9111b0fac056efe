#include "stream/rate_estimator.h"

#include <gmock/gmock.h>

#include <cmath>

namespace weir::stream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

/// A batch as Spark's suite writes it down.
BatchPace pace(Duration ended, std::int64_t records, Duration processing,
               Duration scheduling = 0s) {
  return {TimePoint{ended}, records, processing, scheduling};
}

BackPressure pid(double proportional, double integral, double derivative, double min_rate) {
  BackPressure options{.estimator = BackPressure::Estimator::kPid};
  options.proportional = proportional;
  options.integral = integral;
  options.derivative = derivative;
  options.min_rate = min_rate;
  return options;
}

std::string refusal(const BackPressure& options, Duration interval = 1s) {
  const Result<void> valid = validate(options, interval);
  return valid.ok() ? "" : valid.error().message();
}

TEST(PidEstimatorTest, PI1_IsMadeWhereItIsAskedFor) {
  const auto made = make_estimator(pid(1, 0.2, 0, 100), 1s);
  EXPECT_NE(dynamic_cast<PidEstimator*>(made.get()), nullptr);
  const auto by_default = make_estimator({}, 1s);
  EXPECT_NE(dynamic_cast<PaceEstimator*>(by_default.get()), nullptr);
  EXPECT_EQ(make_estimator({}, 0s), nullptr);
  EXPECT_EQ(make_estimator({.estimator = BackPressure::Estimator::kNone}, 1s), nullptr);
}

TEST(PidEstimatorTest, PI2_RefusesWhatMakesNoSense) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({}, 0s), "");
  EXPECT_EQ(refusal(pid(1, 0.2, 0, 100)), "");
  EXPECT_THAT(refusal(pid(1, 0.2, 0, 100), 0s), HasSubstr("needs a .batch_interval"));
  for (const auto& gains :
       {pid(-1, 0, 0, 10), pid(1, -1, 0, 10), pid(1, 0, -1, 10), pid(NAN, 0, 0, 10)}) {
    EXPECT_THAT(refusal(gains), HasSubstr("must be 0 or more"));
  }
  EXPECT_THAT(refusal(pid(1, 0, 0, 0)), HasSubstr("must be above 0"));
  EXPECT_THAT(refusal(pid(1, 0, 0, -10)), HasSubstr("min_rate is -10"));
  EXPECT_THAT(refusal({.initial_rate = -1}), HasSubstr("initial_rate is -1"));
  EXPECT_THAT(refusal({.min_records_per_partition = 0}), HasSubstr("min_records_per_partition"));
}

TEST(PidEstimatorTest, PI3_PI4_PI5_TheFirstBatchSaysNothingTheNextItsSpeedAndNoneTwice) {
  PidEstimator estimator(20ms, pid(1, 0, 0, 10));
  EXPECT_EQ(estimator.after(pace(0ms, 10, 10ms)), std::nullopt);
  EXPECT_THAT(estimator.after(pace(10ms, 10, 10ms)), Optional(1000.0));
  EXPECT_EQ(estimator.after(pace(10ms, 10, 10ms)), std::nullopt);
}

TEST(PidEstimatorTest, PI6_BatchesWithoutRecordsOrTimeSayNothing) {
  PidEstimator estimator(20ms, pid(1, 0, 0, 10));
  estimator.after(pace(0ms, 10, 10ms));
  EXPECT_EQ(estimator.after(pace(10ms, 0, 10ms)), std::nullopt);
  EXPECT_EQ(estimator.after(pace(10ms, -10, 10ms)), std::nullopt);
  EXPECT_EQ(estimator.after(pace(10ms, 10, 0ms)), std::nullopt);
  EXPECT_EQ(estimator.after(pace(10ms, 10, -10ms)), std::nullopt);
}

TEST(PidEstimatorTest, PI7_TheRateIsNeverBelowTheLeast) {
  PidEstimator estimator(20ms, pid(1, 1, 0, 5));
  EXPECT_EQ(estimator.after(pace(0ms, 1, 20ms, 100ms)), std::nullopt);
  for (int i = 1; i < 50; ++i) {
    EXPECT_THAT(estimator.after(pace(i * 20ms, 1, 20ms, 100ms)), Optional(5.0));
  }
}

TEST(PidEstimatorTest, AllThreePartsCount) {
  PidEstimator estimator(1s, pid(0.5, 0.2, 0.1, 1));
  estimator.after(pace(1s, 100, 1s));
  // Too fast by 50; half a second late at 50 records a second; the error has grown by 50 in 2 s.
  EXPECT_THAT(estimator.after(pace(3s, 50, 1s, 500ms)), Optional(100 - 25.0 - 5.0 - 2.5));
}

TEST(PaceEstimatorTest, BatchesThatFitSetNoLimit) {
  PaceEstimator estimator(1s);
  EXPECT_EQ(estimator.after(pace(1s, 1'000'000, 1s)), std::nullopt);
  EXPECT_EQ(estimator.after(pace(2s, 0, 0s)), std::nullopt);
}

TEST(PaceEstimatorTest, ABatchThatWasTooLongSaysWhatFitsIntoWhatIsLeft) {
  PaceEstimator estimator(1s);
  EXPECT_THAT(estimator.after(pace(1s, 3000, 1500ms)), Optional(1000.0));
  EXPECT_THAT(estimator.after(pace(2s, 1000, 500ms, 500ms)), Optional(2000.0));
  EXPECT_THAT(estimator.after(pace(9s, 16000, 8s)), Optional(500.0));
}

TEST(PaceEstimatorTest, ABatchThatTookAllThereWasDoesNotLowerTheRate) {
  PaceEstimator estimator(1s);
  estimator.after(pace(2s, 3000, 1500ms));
  BatchPace small = pace(3s, 1, 100ms);
  small.took_all = true;
  EXPECT_THAT(estimator.after(small), Optional(2000.0));
  small.records = 500;
  EXPECT_THAT(estimator.after(small), Optional(5000.0));
}

TEST(PaceEstimatorTest, BatchesWithoutRecordsLetLateOnesCatchUp) {
  PaceEstimator estimator(1s);
  estimator.after(pace(5s, 5000, 5s));
  EXPECT_THAT(estimator.after(pace(5s, 0, 0s, 1500ms)), Optional(500.0));
  EXPECT_THAT(estimator.after(pace(6s, 0, 0s)), Optional(1000.0));
}

TEST(PaceEstimatorTest, ABatchThatTookNoTimeRaisesTheRateAHundredfold) {
  PaceEstimator estimator(1s);
  estimator.after(pace(2s, 2000, 2s));
  EXPECT_THAT(estimator.after(pace(3s, 1000, 0s)), Optional(100'000.0));
}

}  // namespace
}  // namespace weir::stream
