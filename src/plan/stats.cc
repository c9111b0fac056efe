#include "weir/stats.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/log.h"

namespace weir {

namespace {

std::optional<double> root(std::optional<double> of) {
  return of ? std::optional(std::sqrt(*of)) : std::nullopt;
}

/// Returns the bucket that `value` belongs to; none where it lies outside, or is no number.
std::optional<std::size_t> bucket_of(double value, const std::vector<double>& bounds) {
  if (!(value >= bounds.front() && value <= bounds.back())) return std::nullopt;
  const auto above = std::upper_bound(bounds.begin(), bounds.end(), value);
  const auto at = static_cast<std::size_t>(above - bounds.begin());
  return std::min(at, bounds.size() - 1) - 1;
}

Histogram counted(const std::vector<double>& values, std::vector<double> bounds) {
  Histogram histogram{std::move(bounds), {}};
  histogram.counts.resize(histogram.bounds.size() - 1);
  for (const double value : values) {
    if (const auto bucket = bucket_of(value, histogram.bounds)) ++histogram.counts[*bucket];
  }
  return histogram;
}

}  // namespace

void Stats::add(double value) {
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  ++count_;
  sum_ += value;
  const double distance = value - mean_;
  mean_ += distance / static_cast<double>(count_);
  squares_ += distance * (value - mean_);
}

std::optional<double> Stats::variance() const {
  return of_any(squares_ / static_cast<double>(std::max<std::int64_t>(count_, 1)));
}

std::optional<double> Stats::stdev() const { return root(variance()); }

std::optional<double> Stats::sample_variance() const {
  if (count_ < 2) return std::nullopt;
  return squares_ / static_cast<double>(count_ - 1);
}

std::optional<double> Stats::sample_stdev() const { return root(sample_variance()); }

namespace detail {

Result<Histogram> count_in(const std::vector<double>& values, std::vector<double> bounds) {
  const auto rises = [](double a, double b) { return a < b; };
  const bool ascend =
      std::adjacent_find(bounds.begin(), bounds.end(), std::not_fn(rises)) == bounds.end();
  if (bounds.size() < 2 || !ascend) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("histogram(): ", bounds.size(),
                        " bounds, which must be at least 2, each above the one before"));
  }
  return counted(values, std::move(bounds));
}

Result<Histogram> count_evenly(const std::vector<double>& values, std::size_t buckets) {
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  const bool finite =
      std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  if (buckets == 0 || values.empty() || !finite) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("histogram(): ", buckets, " buckets of ", values.size(),
                        finite ? " values, of which neither may be 0"
                               : " values, of which some are infinite or no number"));
  }
  if (*min == *max) return counted(values, {*min, *max});
  std::vector<double> bounds;
  for (std::size_t i = 0; i < buckets; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(buckets);
    bounds.push_back(*min * (1 - part) + *max * part);
  }
  bounds.push_back(*max);
  return counted(values, std::move(bounds));
}

}  // namespace detail
}  // namespace weir
