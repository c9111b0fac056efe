#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::detail {

/// Chance for samples, the same for the same seed and partition (SplitMix64).
class Chance {
 public:
  Chance(std::uint64_t seed, std::size_t partition);
  /// Says yes with this probability.
  bool says_yes(double probability) { return uniform() < probability; }
  /// Returns a number with Poisson's distribution. Throws where `mean` is not finite.
  std::size_t times(double mean);
  /// Returns a number from 0 to below 1.
  double uniform();
  /// Returns a number from 0 to below `end`, which is greater than 0.
  std::size_t below(std::size_t end);

 private:
  std::uint64_t state_;
};

/// Returns those of a partition's records that chance takes, each with `probability(record)`.
template <class T, class F>
std::vector<T> sampled(const std::vector<T>& records, Chance chance, F probability) {
  std::vector<T> taken;
  for (const T& record : records) {
    if (chance.says_yes(probability(record))) taken.push_back(record);
  }
  return taken;
}

/// Returns where the part of each weight ends, of 0 to 1. Throws where weights make no sense.
std::vector<double> shares_of(const std::vector<double>& weights);

}  // namespace weir::detail
