#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weir/result.h"
#include "weir/summaries/summary.h"

namespace weir {

struct CountMinSketchOptions {
  /// By what share of the total a count may be too large; between 0 and 1.
  double epsilon = 0.001;
  /// The chance that a count is larger still; between 0 and 1.
  double delta = 0.001;
  /// From what share of the total an item is a heavy hitter: more than epsilon, at most 1.
  double heavy_share = 0.01;
  std::uint64_t seed = 0;
};

namespace detail {

/// The counters of a count-min sketch: rows of them, and in each row one for each hash. Part of a
/// CountMinSketch, whatever its items are.
class CountMinTable {
 public:
  explicit CountMinTable(const CountMinSketchOptions& options);

  /// Counts, and returns the count of the hash behind that.
  std::uint64_t add(std::uint64_t hash, std::uint64_t times);
  std::uint64_t count_of(std::uint64_t hash) const;
  Result<void> merge(const CountMinTable& other);

  std::uint64_t total() const { return total_; }
  std::uint64_t seed() const { return seed_; }
  /// The bounds as the numbers of counters make them: at most those of the options.
  double epsilon() const;
  double delta() const;

  std::size_t memory_bytes_beside() const { return counters_.size() * sizeof counters_[0]; }
  bool operator==(const CountMinTable&) const = default;

  std::size_t part_size() const;
  char* write_part(char* at) const;
  bool read_part(PartReader& in);

 private:
  std::size_t at(std::uint64_t hash, std::size_t row) const;
  bool is_sound() const;

  std::size_t width_ = 0;
  std::size_t depth_ = 0;
  std::uint64_t seed_ = 0;
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> counters_;  // row by row
};

}  // namespace detail
}  // namespace weir
