#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "weir/result.h"

namespace weir {

/// How numbers are distributed: their count, sum, extremes, mean and variance, taken in one pass
/// (Welford, 1962), so that large means cost no precision. A value. What is not defined of so few
/// numbers is absent.
class Stats {
 public:
  /// Takes one more number.
  void add(double value);

  std::int64_t count() const { return count_; }
  double sum() const { return sum_; }
  std::optional<double> min() const { return of_any(min_); }
  std::optional<double> max() const { return of_any(max_); }
  std::optional<double> mean() const { return of_any(mean_); }
  /// The mean square of the distances from the mean.
  std::optional<double> variance() const;
  /// The root of the variance.
  std::optional<double> stdev() const;
  /// The variance of what the numbers are a sample of, divided by one less; of at least 2 numbers.
  std::optional<double> sample_variance() const;
  /// The root of the sample variance.
  std::optional<double> sample_stdev() const;

 private:
  std::optional<double> of_any(double value) const {
    return count_ == 0 ? std::nullopt : std::optional(value);
  }

  std::int64_t count_ = 0;
  double sum_ = 0;
  double min_ = 0;
  double max_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // of the distances from the mean
};

/// Counts of numbers by bucket: `counts[i]` lie from `bounds[i]` on and below `bounds[i + 1]`; the
/// last bucket has its upper bound too.
struct Histogram {
  std::vector<double> bounds;
  std::vector<std::int64_t> counts;
  bool operator==(const Histogram&) const = default;
};

namespace detail {

/// Counts `values` in the buckets between `bounds`.
Result<Histogram> count_in(const std::vector<double>& values, std::vector<double> bounds);
/// Counts `values` in so many buckets of equal width.
Result<Histogram> count_evenly(const std::vector<double>& values, std::size_t buckets);

}  // namespace detail
}  // namespace weir
