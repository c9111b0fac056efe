#include "weir/summaries/count_min_table.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "weir/summaries/hash.h"

namespace weir::detail {

namespace {

constexpr double kMostCounters = 0x1p32;
constexpr std::size_t kMostDepth = 64;

using Bits = NumberPart<std::uint64_t>;

void check(const CountMinSketchOptions& options) {
  const auto is_share = [](double share) { return share > 0 && share < 1; };
  if (!is_share(options.epsilon) || !is_share(options.delta)) {
    refuse("epsilon and delta of a CountMinSketch lie between 0 and 1, not at " +
           std::to_string(options.epsilon) + " and " + std::to_string(options.delta));
  }
  if (!(options.heavy_share > options.epsilon && options.heavy_share <= 1)) {
    refuse(
        "heavy_share of a CountMinSketch is more than epsilon, by which counts are off, and at "
        "most 1; it is " +
        std::to_string(options.heavy_share) + ", and epsilon " + std::to_string(options.epsilon));
  }
}

}  // namespace

CountMinTable::CountMinTable(const CountMinSketchOptions& options) : seed_(options.seed) {
  check(options);
  const double width = std::ceil(std::numbers::e / options.epsilon);
  const double depth =
      std::clamp(std::ceil(-std::log(options.delta)), 1.0, static_cast<double>(kMostDepth));
  if (width * depth > kMostCounters) {
    refuse("a CountMinSketch with an epsilon of " + std::to_string(options.epsilon) +
           " would have more than 2^32 counters");
  }
  width_ = static_cast<std::size_t>(width);
  depth_ = static_cast<std::size_t>(depth);
  counters_.resize(width_ * depth_);
}

std::size_t CountMinTable::at(std::uint64_t hash, std::size_t row) const {
  return row * width_ + hash_again(hash, row) % width_;
}

std::uint64_t CountMinTable::add(std::uint64_t hash, std::uint64_t times) {
  total_ += times;
  std::uint64_t least = ~std::uint64_t{0};
  for (std::size_t row = 0; row < depth_; ++row) {
    std::uint64_t& counter = counters_[at(hash, row)];
    counter += times;
    least = std::min(least, counter);
  }
  return least;
}

std::uint64_t CountMinTable::count_of(std::uint64_t hash) const {
  std::uint64_t least = ~std::uint64_t{0};
  for (std::size_t row = 0; row < depth_; ++row) least = std::min(least, counters_[at(hash, row)]);
  return least;
}

Result<void> CountMinTable::merge(const CountMinTable& other) {
  const auto differ = [](const char* option, std::uint64_t ours, std::uint64_t theirs) {
    return cannot_merge("CountMinSketches", option, std::to_string(ours), std::to_string(theirs));
  };
  if (width_ != other.width_) return differ("width (epsilon)", width_, other.width_);
  if (depth_ != other.depth_) return differ("depth (delta)", depth_, other.depth_);
  if (seed_ != other.seed_) return differ("seed", seed_, other.seed_);
  total_ += other.total_;
  for (std::size_t i = 0; i < counters_.size(); ++i) counters_[i] += other.counters_[i];
  return {};
}

double CountMinTable::epsilon() const { return std::numbers::e / static_cast<double>(width_); }
double CountMinTable::delta() const { return std::exp(-static_cast<double>(depth_)); }

std::size_t CountMinTable::part_size() const {
  std::size_t size = count_size(width_) + count_size(depth_) + Bits::kLeast + count_size(total_);
  for (const std::uint64_t counter : counters_) size += count_size(counter);
  return size;
}

char* CountMinTable::write_part(char* at) const {
  at = write_count(depth_, write_count(width_, at));
  at = write_count(total_, Bits::write(seed_, at));
  for (const std::uint64_t counter : counters_) at = write_count(counter, at);
  return at;
}

bool CountMinTable::read_part(PartReader& in) {
  const auto width = in.number();
  const auto depth = width ? in.number() : width;
  if (!depth) return false;
  if (*width == 0 || *depth == 0 || *depth > kMostDepth) {
    return in.fail("a CountMinSketch has at least a counter, and at most 64 rows");
  }
  if (!Bits::read(in, seed_)) return false;
  const auto total = in.number();
  if (!total) return false;
  if (*total > kMostStored) return in.fail("a CountMinSketch has no such total");
  if (*width > in.left() / *depth) return in.fail("more is announced than there are bytes");
  width_ = *width;
  depth_ = *depth;
  total_ = *total;
  counters_.resize(width_ * depth_);
  for (std::uint64_t& counter : counters_) {
    const auto counted = in.number();
    if (!counted) return false;
    counter = *counted;
  }
  return is_sound() || in.fail("a row of a CountMinSketch does not add up to its total");
}

bool CountMinTable::is_sound() const {
  for (std::size_t row = 0; row < depth_; ++row) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < width_; ++i) sum += counters_[row * width_ + i];
    if (sum != total_) return false;
  }
  return true;
}

}  // namespace weir::detail
