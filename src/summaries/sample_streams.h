#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "weir/result.h"

/// Streams to try summaries on, and ways to cut them up and merge what comes of the pieces.
namespace weir::samples {

using Values = std::vector<std::uint64_t>;
using Random = std::mt19937_64;

struct Stream {
  std::string name;
  Values values;
};

inline Values uniform(std::size_t count, std::uint64_t different, std::uint64_t seed) {
  Random random(seed);
  Values values(count);
  for (std::uint64_t& value : values) value = random() % different;
  return values;
}

/// Every other one is a 1, and at least x are a share of 1 / x.
inline Values zipf(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Values values(count);
  for (std::uint64_t& value : values) value = (std::uint64_t{1} << 40) / (1 + (random() >> 24));
  return values;
}

inline Values sorted(std::size_t count) {
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = i;
  return values;
}

inline std::vector<Stream> all(std::size_t count) {
  return {{"uniform", uniform(count, count / 4, 1)},
          {"zipf", zipf(count, 2)},
          {"all equal", Values(count, 42)},
          {"sorted", sorted(count)}};
}

inline std::map<std::uint64_t, std::uint64_t> exact_counts(const Values& values) {
  std::map<std::uint64_t, std::uint64_t> counts;
  for (const std::uint64_t value : values) ++counts[value];
  return counts;
}

/// Cuts `values` into runs of random length, makes a summary of each, with `empty` for the options,
/// and merges them two by two in random order.
template <class S, class Add>
S merged_at_random(const Values& values, const S& empty, Add add, std::uint64_t seed) {
  Random random(seed);
  std::vector<S> parts(1, empty);
  for (const std::uint64_t value : values) {
    if (random() % (values.size() / 20) == 0) parts.push_back(empty);
    add(parts.back(), value);
  }
  while (parts.size() > 1) {
    std::swap(parts[random() % parts.size()], parts.back());
    const S last = std::move(parts.back());
    parts.pop_back();
    const Result<void> merged = parts[random() % parts.size()].merge(last);
    if (!merged.ok()) return empty;
  }
  return parts.front();
}

template <class S, class Add>
S in_one(const Values& values, S summary, Add add) {
  for (const std::uint64_t value : values) add(summary, value);
  return summary;
}

/// How a value is added to most summaries.
struct AddValue {
  template <class S>
  void operator()(S& summary, std::uint64_t value) const {
    summary.add(value);
  }
};

}  // namespace weir::samples
