#include "weir/summaries/bloom_filter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <string>

namespace weir {

namespace {

using Word = std::uint64_t;
using WordPart = detail::NumberPart<Word>;

constexpr double kMostBits = 0x1p36;
constexpr std::uint32_t kMostHashes = 64;

struct Bit {
  std::size_t word;
  Word mask;
};
Bit bit_of(std::uint64_t hash, std::uint32_t index, std::size_t words) {
  const std::uint64_t again = detail::hash_again(hash, index);
  return {(again >> 6) % words, Word{1} << (again & 63)};
}

}  // namespace

BloomFilter::BloomFilter(const Options& options) : seed_(options.seed) {
  const double share = options.false_positives;
  if (options.expected == 0) detail::refuse("a BloomFilter expects at least 1 value");
  if (!(share > 0 && share < 1)) {
    detail::refuse("the share of false positives of a BloomFilter lies between 0 and 1, not at " +
                   std::to_string(share));
  }
  const double bits_each = -std::log2(share) / std::numbers::ln2;
  const double bits = std::ceil(static_cast<double>(options.expected) * bits_each);
  if (bits > kMostBits) {
    detail::refuse("a BloomFilter for " + std::to_string(options.expected) + " values would have " +
                   std::to_string(bits) + " bits; the most is 2^36: expect fewer values");
  }
  words_.resize(static_cast<std::size_t>(std::ceil(bits / 64)));
  const auto hashes = static_cast<std::uint32_t>(std::lround(bits_each * std::numbers::ln2));
  hashes_ = std::clamp(hashes, std::uint32_t{1}, kMostHashes);
}

void BloomFilter::add_hash(std::uint64_t hash) {
  for (std::uint32_t i = 0; i < hashes_; ++i) {
    const Bit bit = bit_of(hash, i, words_.size());
    words_[bit.word] |= bit.mask;
  }
}

bool BloomFilter::may_contain_hash(std::uint64_t hash) const {
  for (std::uint32_t i = 0; i < hashes_; ++i) {
    const Bit bit = bit_of(hash, i, words_.size());
    if ((words_[bit.word] & bit.mask) == 0) return false;
  }
  return true;
}

Result<void> BloomFilter::merge(const BloomFilter& other) {
  const auto differ = [](const char* option, std::uint64_t ours, std::uint64_t theirs) {
    return detail::cannot_merge("BloomFilters", option, std::to_string(ours),
                                std::to_string(theirs));
  };
  if (words_.size() != other.words_.size()) {
    return differ("number of bits", words_.size() * 64, other.words_.size() * 64);
  }
  if (hashes_ != other.hashes_) return differ("number of hashes", hashes_, other.hashes_);
  if (seed_ != other.seed_) return differ("seed", seed_, other.seed_);
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  return {};
}

double BloomFilter::bits_set() const {
  std::uint64_t set = 0;
  for (const Word word : words_) set += static_cast<std::uint64_t>(std::popcount(word));
  return static_cast<double>(set);
}

double BloomFilter::false_positive_rate() const { return std::pow(bits_set() / bits(), hashes_); }

double BloomFilter::estimate() const {
  return -bits() / hashes_ * std::log1p(-bits_set() / bits());
}

std::size_t BloomFilter::part_size() const {
  return detail::count_size(hashes_) + WordPart::kLeast + detail::count_size(words_.size()) +
         words_.size() * WordPart::kLeast;
}

char* BloomFilter::write_part(char* at) const {
  at = WordPart::write(seed_, detail::write_count(hashes_, at));
  at = detail::write_count(words_.size(), at);
  for (const Word word : words_) at = WordPart::write(word, at);
  return at;
}

bool BloomFilter::read_part(detail::PartReader& in) {
  BloomFilter read({.expected = 1});
  const auto hashes = in.number();
  if (!hashes) return false;
  if (*hashes < 1 || *hashes > kMostHashes) return in.fail("a BloomFilter has 1 to 64 hashes");
  read.hashes_ = static_cast<std::uint32_t>(*hashes);
  if (!WordPart::read(in, read.seed_)) return false;
  const auto words = in.count(WordPart::kLeast);
  if (!words) return false;
  if (*words == 0) return in.fail("a BloomFilter has at least 64 bits");
  read.words_.resize(*words);
  for (Word& word : read.words_) {
    if (!WordPart::read(in, word)) return false;
  }
  *this = std::move(read);
  return true;
}

}  // namespace weir
