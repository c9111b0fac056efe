#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "weir/summaries/summary.h"

namespace weir {

struct QuantilesOptions {
  /// How far the rank of an answer may be off, as a share of all values; more than 0.
  double rank_error = 0.01;
  /// How often it is then no further off, at least; between 0 and 1.
  double confidence = 0.99;
  std::uint64_t seed = 0;
};

/// Answers which value a share of all values lies below: the median, the 99th percentile. Within 1
/// % of the rank by default, with at most 2,400 values kept. The sketch of Karnin, Lang and Liberty
/// 2016, "Optimal Quantile Approximation in Streams": levels of values, where one of level h stands
/// for 2^h; of a full level, every other value goes up, by the toss of a coin.
///
/// With a first number k for the size of a level (see capacity()), and by Hoeffding's inequality
/// for the tosses, the rank of an answer is off by more than sqrt(12 ln(2 / d)) / k of all values
/// with a chance of at most d; k is chosen from the options by it. This holds for any order of
/// values and any tree of merges, for each question by itself. Tosses come from the seed and the
/// values added, so the same calls give the same summary.
///
/// A value, used by one thread at a time.
class Quantiles {
 public:
  using Options = QuantilesOptions;

  /// Throws std::invalid_argument for options outside of what they say, or that need k > 2^20.
  explicit Quantiles(const Options& options);
  Quantiles() : Quantiles(Options{}) {}

  /// Adds a value. NaN counts as larger than all others.
  void add(double value);

  /// Adds all that was added to `other`. Associative and commutative within the error. An error
  /// where the size, which comes from rank_error and confidence, or the seed differs.
  Result<void> merge(const Quantiles& other);

  /// Returns a value that about a share of `q` of all values are not larger than; the least and the
  /// largest, exactly, for 0 and 1. None where nothing was added.
  std::optional<double> quantile(double q) const;
  /// Returns about what share of all values are not larger than `value`; 0 where nothing was added.
  double rank(double value) const;

  /// Returns by how much rank() is off at most, and the rank of quantile(), with a chance of
  /// `confidence`: what the options promised, or less for what has been tossed so far. 0 while no
  /// value has been left out. Tosses are independent but for summaries that were given the same
  /// values in the same order; of those merged, only what the options promised holds.
  double rank_error(double confidence = 0.99) const;

  std::uint64_t count() const { return count_; }
  /// Returns k, 8 / rank_error at a confidence of 99 %: the most that the highest level keeps.
  std::size_t capacity() const { return capacity_; }
  /// Returns what it holds now: 8 bytes for each of at most 3 * capacity() values and a few
  /// hundred, and up to four times that in all, as its vectors grow.
  std::size_t memory_bytes() const;
  bool operator==(const Quantiles&) const = default;

  // For Codec.
  std::size_t part_size() const;
  char* write_part(char* at) const;
  bool read_part(detail::PartReader& in);

 private:
  using Level = std::vector<double>;
  struct Weighted {
    double value;
    std::uint64_t weight;
  };

  std::size_t capacity_of(std::size_t level) const;
  void compress();
  void compact(std::size_t level);
  bool toss();
  std::vector<Weighted> in_order() const;
  bool is_sound() const;

  std::size_t capacity_ = 0;
  std::uint64_t seed_ = 0;
  std::uint64_t coin_ = 0;
  std::uint64_t count_ = 0;
  double tossed_ = 0;  // the sum of (2^level)^2 over all tosses
  double least_ = 0;
  double largest_ = 0;
  std::vector<Level> levels_;
  std::size_t kept_ = 0;  // values in all levels
  std::size_t room_ = 0;  // for values in all levels
};

}  // namespace weir
