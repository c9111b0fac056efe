#include "weir/summaries/hyper_log_log.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "summaries/sample_streams.h"

namespace weir {
namespace {

HyperLogLog log_of(const samples::Values& values, HyperLogLogOptions options = {}) {
  return samples::in_one(values, HyperLogLog(options), samples::AddValue());
}

TEST(HyperLogLog, EstimatesWithinItsErrorOnAnyStream) {
  for (const samples::Stream& stream : samples::all(40'000)) {
    SCOPED_TRACE(stream.name);
    const double exact = static_cast<double>(samples::exact_counts(stream.values).size());
    const HyperLogLog log = log_of(stream.values);
    EXPECT_NEAR(log.estimate(), exact, 3 * log.relative_error() * exact);
  }
}

TEST(HyperLogLog, EstimatesAnyNumberOfValues) {
  HyperLogLog log;
  EXPECT_EQ(log.estimate(), 0);
  double added = 0;
  for (const double next : {1.0, 10.0, 100.0, 3e3, 1e4, 1e5}) {
    while (added < next) log.add(added++);
    EXPECT_NEAR(log.estimate(), next, 0.4 + 3 * log.relative_error() * next);
  }
}

TEST(HyperLogLog, IsOffToBothSidesAlike) {
  double sum = 0;
  double squares = 0;
  constexpr int kLogs = 60;
  for (std::uint64_t seed = 0; seed < kLogs; ++seed) {
    const HyperLogLog log = log_of(samples::sorted(4000), {.precision = 10, .seed = seed});
    const double off = log.estimate() / 4000 - 1;
    sum += off;
    squares += off * off;
  }
  const double error = HyperLogLog({.precision = 10}).relative_error();
  EXPECT_NEAR(sum / kLogs, 0, 3 * error / std::sqrt(kLogs));
  EXPECT_NEAR(std::sqrt(squares / kLogs), error, 0.4 * error);
}

TEST(HyperLogLog, IsTheSameHoweverItIsMerged) {
  for (const samples::Stream& stream : samples::all(3000)) {
    SCOPED_TRACE(stream.name);
    const HyperLogLog log = log_of(stream.values);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      EXPECT_EQ(samples::merged_at_random(stream.values, HyperLogLog(), samples::AddValue(), seed),
                log);
    }
    HyperLogLog twice = log;
    EXPECT_TRUE(twice.merge(log).ok());
    EXPECT_EQ(twice, log);
  }
}

TEST(HyperLogLog, MergesOnlyItsLike) {
  HyperLogLog log({.precision = 10});
  EXPECT_EQ(log.merge(HyperLogLog({.precision = 11})).error().message(),
            "two HyperLogLogs with a different precision cannot be merged: 10 and 11; make both "
            "with the same options");
  EXPECT_THAT(log.merge(HyperLogLog({.precision = 10, .seed = 3})).error().message(),
              testing::HasSubstr("a different seed cannot be merged: 0 and 3"));
}

TEST(HyperLogLog, TakesTextOfAnyType) {
  HyperLogLog log;
  log.add("a");
  log.add(std::string("a"));
  log.add(std::string_view("a"));
  EXPECT_EQ(std::lround(log.estimate()), 1);
}

TEST(HyperLogLog, HasItsPrecisionInMemory) {
  EXPECT_EQ(HyperLogLog().memory_bytes(), sizeof(HyperLogLog) + 4096);
  EXPECT_EQ(log_of(samples::sorted(5000), {.precision = 4}).memory_bytes(),
            sizeof(HyperLogLog) + 16);
  EXPECT_DOUBLE_EQ(HyperLogLog().relative_error(), 0.01625);
}

TEST(HyperLogLog, RefusesAPrecisionThatItCannotHave) {
  EXPECT_THROW(HyperLogLog({.precision = 3}), std::invalid_argument);
  EXPECT_THROW(HyperLogLog({.precision = 19}), std::invalid_argument);
}

}  // namespace
}  // namespace weir
