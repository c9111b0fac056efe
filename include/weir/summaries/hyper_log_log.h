#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weir/summaries/hash.h"
#include "weir/summaries/summary.h"

namespace weir {

struct HyperLogLogOptions {
  /// 4 to 18: 2^precision bytes of memory, and a standard error of 1.04 / sqrt(2^precision).
  int precision = 12;
  std::uint64_t seed = 0;
  bool operator==(const HyperLogLogOptions&) const = default;
};

/// Estimates how many different values were added, in 4 KiB and to 1.6 % by default. After Flajolet
/// and others 2007, "HyperLogLog", with 64-bit hashes and the estimator of Ertl 2017, "New
/// cardinality estimation algorithms for HyperLogLog sketches", which needs no table of
/// corrections. A value, used by one thread at a time.
class HyperLogLog {
 public:
  using Options = HyperLogLogOptions;

  /// Throws std::invalid_argument for a precision outside 4 to 18.
  explicit HyperLogLog(const Options& options);
  HyperLogLog() : HyperLogLog(Options{}) {}

  /// Adds a value of any type with a Codec; adding it again changes nothing.
  template <class T>
  void add(const T& value) {
    add_hash(detail::hash_of(value, options_.seed));
  }

  /// Adds all that was added to `other`. Exactly associative, commutative and idempotent. An error
  /// where precision or seed differ.
  Result<void> merge(const HyperLogLog& other);

  /// Returns about how many different values were added: 0 for none.
  double estimate() const;
  /// Returns the standard error of estimate(), as a share of the true number: it is off by less
  /// than this in 2 of 3 cases, by less than three times this in 997 of 1000.
  double relative_error() const;

  /// Returns sizeof(HyperLogLog) + 2^precision.
  std::size_t memory_bytes() const { return sizeof *this + registers_.size(); }
  const Options& options() const { return options_; }
  bool operator==(const HyperLogLog&) const = default;

  // For Codec.
  std::size_t part_size() const;
  char* write_part(char* at) const;
  bool read_part(detail::PartReader& in);

 private:
  void add_hash(std::uint64_t hash);

  Options options_;
  std::vector<std::uint8_t> registers_;
};

}  // namespace weir
