#include "weir/summaries/count_min_sketch.h"

#include <gmock/gmock.h>

#include <set>
#include <stdexcept>
#include <string>

#include "summaries/sample_streams.h"

namespace weir {
namespace {

using Sketch = CountMinSketch<std::uint64_t>;

constexpr CountMinSketchOptions kRoughSketch = {
    .epsilon = 0.01, .delta = 0.01, .heavy_share = 0.05};

Sketch sketch_of(const samples::Values& values) {
  return samples::in_one(values, Sketch(kRoughSketch), samples::AddValue());
}

/// Sees that no count is too low, and that no more are too high than may be.
void expect_counts_within_bounds(const Sketch& sketch, const samples::Values& values) {
  const auto exact = samples::exact_counts(values);
  std::size_t too_high = 0;
  for (const auto& [value, count] : exact) {
    ASSERT_GE(sketch.count_of(value), count);
    if (sketch.count_of(value) > count + sketch.max_error()) ++too_high;
  }
  EXPECT_LE(static_cast<double>(too_high), sketch.delta() * static_cast<double>(exact.size()));
}

/// Sees that all heavy hitters are found, and nothing that is far from one.
void expect_heavy_hitters_of(const Sketch& sketch, const samples::Values& values) {
  auto exact = samples::exact_counts(values);
  const auto total = static_cast<double>(values.size());
  std::set<std::uint64_t> found;
  for (const auto& [item, count, error] : sketch.heavy_hitters()) {
    found.insert(item);
    EXPECT_GE(count, exact[item]);
    EXPECT_LE(count - error, exact[item]);
    EXPECT_GE(static_cast<double>(exact[item]), (0.05 - sketch.epsilon()) * total);
  }
  for (const auto& [value, count] : exact) {
    if (static_cast<double>(count) >= 0.05 * total) {
      EXPECT_EQ(found.count(value), 1) << value;
    }
  }
}

TEST(CountMinSketch, CountsWithinItsError) {
  for (const samples::Stream& stream : samples::all(30'000)) {
    SCOPED_TRACE(stream.name);
    expect_counts_within_bounds(sketch_of(stream.values), stream.values);
  }
}

TEST(CountMinSketch, FindsEveryHeavyHitter) {
  for (const samples::Stream& stream : samples::all(30'000)) {
    SCOPED_TRACE(stream.name);
    expect_heavy_hitters_of(sketch_of(stream.values), stream.values);
  }
  EXPECT_THAT(sketch_of(samples::Values(10, 42)).heavy_hitters(),
              testing::ElementsAre(CountedItem<std::uint64_t>{42, 10, 1}));
  EXPECT_THAT(Sketch().heavy_hitters(), testing::ElementsAre());
}

TEST(CountMinSketch, IsAsGoodHoweverItIsMerged) {
  for (const samples::Stream& stream : samples::all(5000)) {
    SCOPED_TRACE(stream.name);
    const Sketch one = sketch_of(stream.values);
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const Sketch merged =
          samples::merged_at_random(stream.values, Sketch(kRoughSketch), samples::AddValue(), seed);
      for (const std::uint64_t value : stream.values) {
        ASSERT_EQ(merged.count_of(value), one.count_of(value));
      }
      expect_heavy_hitters_of(merged, stream.values);
    }
  }
}

TEST(CountMinSketch, CountsWeights) {
  CountMinSketch<std::string> sketch;
  sketch.add("a", 3);
  sketch.add("b", 400);
  sketch.add("c", 0);
  EXPECT_EQ(sketch.total(), 403);
  EXPECT_EQ(sketch.count_of("a"), 3);
  EXPECT_EQ(sketch.count_of("c"), 0);
  EXPECT_THAT(sketch.heavy_hitters(), testing::ElementsAre(CountedItem<std::string>{"b", 400, 1}));
}

TEST(CountMinSketch, MergesOnlyItsLike) {
  Sketch sketch(kRoughSketch);
  const auto refusal = [&](const CountMinSketchOptions& options) {
    return sketch.merge(Sketch(options)).error().message();
  };
  EXPECT_EQ(refusal({.epsilon = 0.02, .delta = 0.01, .heavy_share = 0.05}),
            "two CountMinSketches with a different width (epsilon) cannot be merged: 272 and 136; "
            "make both with the same options");
  EXPECT_THAT(refusal({.epsilon = 0.01, .delta = 0.1, .heavy_share = 0.05}),
              testing::HasSubstr("a different depth (delta)"));
  EXPECT_THAT(refusal({.epsilon = 0.01, .delta = 0.01, .heavy_share = 0.06}),
              testing::HasSubstr("a different heavy_share"));
  EXPECT_THAT(refusal({.epsilon = 0.01, .delta = 0.01, .heavy_share = 0.05, .seed = 1}),
              testing::HasSubstr("a different seed"));
}

TEST(CountMinSketch, HasTheMemoryItSays) {
  Sketch sketch(kRoughSketch);
  const std::size_t counters = 272 * 5 * 8;
  EXPECT_NEAR(static_cast<double>(sketch.memory_bytes()), sizeof(Sketch) + counters, 64);
  for (const std::uint64_t value : samples::sorted(5000)) sketch.add(value);
  EXPECT_LE(sketch.memory_bytes(), sizeof(Sketch) + counters + (2 / 0.04 + 2) * 80 + 1024);
}

TEST(CountMinSketch, CountsTheMemoryOfItsItems) {
  CountMinSketch<std::string> sketch;
  const std::size_t before = sketch.memory_bytes();
  sketch.add(std::string(10'000, 'x'));
  EXPECT_GE(sketch.memory_bytes(), before + 10'000);
  sketch.add("y", 1'000'000);
  for (int i = 0; i < 300; ++i) sketch.add(std::to_string(i), sketch.total() / 50);
  EXPECT_LE(sketch.memory_bytes(), before + 25'000);  // the long one is light now
}

TEST(CountMinSketch, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(Sketch({.epsilon = 0}), std::invalid_argument);
  EXPECT_THROW(Sketch({.delta = 1}), std::invalid_argument);
  EXPECT_THROW(Sketch({.epsilon = 0.01, .heavy_share = 0.01}), std::invalid_argument);
  EXPECT_THROW(Sketch({.heavy_share = 1.1}), std::invalid_argument);
  EXPECT_THROW(Sketch({.epsilon = 1e-12}), std::invalid_argument);
}

}  // namespace
}  // namespace weir
