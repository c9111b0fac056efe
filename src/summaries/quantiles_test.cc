#include "weir/summaries/quantiles.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "summaries/sample_streams.h"

namespace weir {
namespace {

constexpr QuantilesOptions kRoughQuantiles = {.rank_error = 0.05, .confidence = 0.99};

struct AddAsDouble {
  void operator()(Quantiles& quantiles, std::uint64_t value) const {
    quantiles.add(static_cast<double>(value));
  }
};

Quantiles quantiles_of(const samples::Values& values,
                       const QuantilesOptions& options = kRoughQuantiles) {
  return samples::in_one(values, Quantiles(options), AddAsDouble());
}

double exact_rank(const samples::Values& in_order, std::uint64_t value) {
  const auto end = std::upper_bound(in_order.begin(), in_order.end(), value);
  return static_cast<double>(end - in_order.begin()) / static_cast<double>(in_order.size());
}

/// Returns by how much the rank of a value is off at most, over a hundred values.
double worst_rank(const Quantiles& quantiles, samples::Values values) {
  std::sort(values.begin(), values.end());
  double worst = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::uint64_t value = values[i * values.size() / 100];
    const double rank = quantiles.rank(static_cast<double>(value));
    worst = std::max(worst, std::abs(rank - exact_rank(values, value)));
  }
  return worst;
}

/// Sees that the ranks that the quantiles' answers really have include those that were asked for.
void expect_quantiles(const Quantiles& quantiles, samples::Values values, double error) {
  std::sort(values.begin(), values.end());
  for (const double q : {0.01, 0.25, 0.5, 0.75, 0.99}) {
    const auto answer = static_cast<std::uint64_t>(quantiles.quantile(q).value());
    EXPECT_GE(exact_rank(values, answer), q - error);
    EXPECT_LE(answer == 0 ? 0 : exact_rank(values, answer - 1), q + error);
  }
}

TEST(Quantiles, AnswerWithinTheirErrorOnAnyStream) {
  for (const samples::Stream& stream : samples::all(20'000)) {
    SCOPED_TRACE(stream.name);
    const Quantiles quantiles = quantiles_of(stream.values);
    const double error = quantiles.rank_error(0.999);
    EXPECT_LE(quantiles.rank_error(0.99), 0.05);
    EXPECT_LE(worst_rank(quantiles, stream.values), error);
    expect_quantiles(quantiles, stream.values, error);
    EXPECT_EQ(quantiles.quantile(0), *std::ranges::min_element(stream.values));
    EXPECT_EQ(quantiles.quantile(1), *std::ranges::max_element(stream.values));
  }
}

TEST(Quantiles, AnswerWithinTheirErrorHoweverTheyAreMerged) {
  for (const samples::Stream& stream : samples::all(5000)) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      SCOPED_TRACE(stream.name);
      const Quantiles merged =
          samples::merged_at_random(stream.values, Quantiles(kRoughQuantiles), AddAsDouble(), seed);
      EXPECT_EQ(merged.count(), stream.values.size());
      EXPECT_LE(merged.rank_error(0.99), 0.05);
      EXPECT_LE(worst_rank(merged, stream.values), merged.rank_error(0.999));
    }
  }
}

TEST(Quantiles, AreOffAsSeldomAsTheySayAndToBothSides) {
  const samples::Values values = samples::uniform(3000, 1'000'000, 8);
  samples::Values in_order = values;
  std::sort(in_order.begin(), in_order.end());
  double sum = 0;
  double squares = 0;
  int off = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const QuantilesOptions options = {.rank_error = 0.1, .confidence = 0.9, .seed = seed};
    const Quantiles quantiles = quantiles_of(values, options);
    const double error = quantiles.rank(500'000) - exact_rank(in_order, 500'000);
    sum += error;
    squares += error * error;
    if (std::abs(error) > quantiles.rank_error(0.7)) ++off;
  }
  EXPECT_LE(off, 30);
  EXPECT_GT(squares, 0);
  EXPECT_LE(std::abs(sum), 4 * std::sqrt(squares));  // 4 standard deviations of the sum
}

TEST(Quantiles, AreExactWhileTheyKeepAll) {
  Quantiles quantiles;
  EXPECT_EQ(quantiles.quantile(0.5), std::nullopt);
  EXPECT_EQ(quantiles.rank(1), 0);
  for (const double value : {5, 1, 4, 2, 3}) quantiles.add(value);
  EXPECT_EQ(quantiles.quantile(0.5), 3);
  EXPECT_EQ(quantiles.quantile(0.2), 1);
  EXPECT_EQ(quantiles.rank(4), 0.8);
  EXPECT_EQ(quantiles.rank(0), 0);
  EXPECT_EQ(quantiles.rank_error(), 0);
}

TEST(Quantiles, PutNanBehindAllOthers) {
  Quantiles quantiles;
  quantiles.add(std::numeric_limits<double>::quiet_NaN());
  quantiles.add(std::numeric_limits<double>::infinity());
  quantiles.add(1);
  EXPECT_EQ(quantiles.quantile(0), 1);
  EXPECT_EQ(quantiles.quantile(0.6), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(quantiles.quantile(1).value()));
}

TEST(Quantiles, AreTheSameForTheSameCalls) {
  const samples::Values values = samples::zipf(3000, 4);
  EXPECT_EQ(quantiles_of(values), quantiles_of(values));
  Quantiles twice = quantiles_of(values);
  EXPECT_TRUE(twice.merge(twice).ok());
  EXPECT_EQ(twice.count(), 6000);
  EXPECT_LE(worst_rank(twice, values), twice.rank_error(0.999));
}

TEST(Quantiles, MergeOnlyTheirLike) {
  Quantiles quantiles(kRoughQuantiles);
  EXPECT_EQ(quantiles.merge(Quantiles()).error().message(),
            "two Quantiles with a different capacity cannot be merged: 160 and 798; make both with "
            "the same options");
  EXPECT_THAT(quantiles.merge(Quantiles({.rank_error = 0.05, .seed = 1})).error().message(),
              testing::HasSubstr("a different seed cannot be merged: 0 and 1"));
}

TEST(Quantiles, HaveTheMemoryTheySay) {
  EXPECT_EQ(Quantiles().memory_bytes(), sizeof(Quantiles));
  const auto most = [](const Quantiles& quantiles) {
    return sizeof(Quantiles) + 4 * 8 * (3 * quantiles.capacity() + 300);
  };
  const Quantiles one = quantiles_of(samples::sorted(50'000));
  EXPECT_LE(one.memory_bytes(), most(one));
  const Quantiles merged = samples::merged_at_random(samples::sorted(50'000),
                                                     Quantiles(kRoughQuantiles), AddAsDouble(), 1);
  EXPECT_LE(merged.memory_bytes(), most(merged));
}

TEST(Quantiles, RefuseOptionsThatMakeNoSense) {
  EXPECT_THROW(Quantiles({.rank_error = 0}), std::invalid_argument);
  EXPECT_THROW(Quantiles({.rank_error = 1e-9}), std::invalid_argument);
  EXPECT_THROW(Quantiles({.confidence = 1}), std::invalid_argument);
  EXPECT_THROW(Quantiles({.confidence = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace weir
