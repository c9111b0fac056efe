#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weir/summaries/hash.h"
#include "weir/summaries/summary.h"

namespace weir {

struct BloomFilterOptions {
  /// How many different values will be added, at least 1.
  std::uint64_t expected = 10'000;
  /// The share of other values that it may then take for added ones, between 0 and 1.
  double false_positives = 0.01;
  std::uint64_t seed = 0;
};

/// Remembers which values were added in a few bits of each: 12 KiB for 10,000 at 1 %. It never
/// forgets one, and takes few others for one of them (Bloom 1970, "Space/Time Trade-offs in Hash
/// Coding with Allowable Errors"). A value, used by one thread at a time.
class BloomFilter {
 public:
  using Options = BloomFilterOptions;

  /// Throws std::invalid_argument for options outside of what they say, or for more than 2^36 bits.
  explicit BloomFilter(const Options& options);
  BloomFilter() : BloomFilter(Options{}) {}

  /// Adds a value of any type with a Codec.
  template <class T>
  void add(const T& value) {
    add_hash(detail::hash_of(value, seed_));
  }
  /// Returns false only for a value that was not added.
  template <class T>
  bool may_contain(const T& value) const {
    return may_contain_hash(detail::hash_of(value, seed_));
  }

  /// Adds all that was added to `other`. Exactly associative, commutative and idempotent. An error
  /// where the filters have another size, number of hashes or seed, as other options make them.
  Result<void> merge(const BloomFilter& other);

  /// Returns the chance that a value which was not added is taken for one that was, as full as the
  /// filter is now: (bits set / bits)^hashes. With `expected` values it is about `false_positives`.
  double false_positive_rate() const;
  /// Returns about how many different values were added (Swamidass and Baldi 2007).
  double estimate() const;

  /// Returns sizeof(BloomFilter) and expected * log2(1 / false_positives) * 1.44 bits, which are
  /// rounded up to 8 bytes.
  std::size_t memory_bytes() const { return sizeof *this + words_.size() * sizeof words_[0]; }
  std::uint32_t hashes() const { return hashes_; }
  bool operator==(const BloomFilter&) const = default;

  // For Codec.
  std::size_t part_size() const;
  char* write_part(char* at) const;
  bool read_part(detail::PartReader& in);

 private:
  void add_hash(std::uint64_t hash);
  bool may_contain_hash(std::uint64_t hash) const;
  double bits() const { return static_cast<double>(words_.size()) * 64; }
  double bits_set() const;

  std::uint32_t hashes_ = 1;  // 1 to 64
  std::uint64_t seed_ = 0;
  std::vector<std::uint64_t> words_;  // one at least
};

}  // namespace weir
