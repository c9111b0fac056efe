#include "weir/summaries/quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "weir/summaries/hash.h"

namespace weir {

namespace {

constexpr std::size_t kLeastCapacity = 8;
constexpr std::size_t kMostCapacity = std::size_t{1} << 20;
constexpr std::size_t kMostLevels = 60;

using Number = detail::NumberPart<double>;
using Bits = detail::NumberPart<std::uint64_t>;

bool is_less(double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; }

/// Returns by how much the sum of tosses with these squares is exceeded with a chance of at most
/// 1 - confidence.
double hoeffding(double squares, double confidence) {
  return std::sqrt(2 * squares * std::log(2 / (1 - confidence)));
}

std::size_t capacity_for(const QuantilesOptions& options) {
  if (!(options.rank_error > 0)) detail::refuse("the rank error of Quantiles is more than 0");
  if (!(options.confidence > 0 && options.confidence < 1)) {
    detail::refuse("the confidence of Quantiles lies between 0 and 1, not at " +
                   std::to_string(options.confidence));
  }
  const double capacity = std::ceil(hoeffding(6, options.confidence) / options.rank_error);
  if (capacity > static_cast<double>(kMostCapacity)) {
    detail::refuse("Quantiles with a rank error of " + std::to_string(options.rank_error) +
                   " would keep too many values; the least error is about 0.00001");
  }
  return std::max(kLeastCapacity, static_cast<std::size_t>(capacity));
}

}  // namespace

Quantiles::Quantiles(const Options& options)
    : capacity_(capacity_for(options)), seed_(options.seed), coin_(detail::mix(options.seed + 1)) {}

void Quantiles::add(double value) {
  if (count_ == 0 || is_less(value, least_)) least_ = value;
  if (count_ == 0 || is_less(largest_, value)) largest_ = value;
  if (levels_.empty()) {
    levels_.emplace_back();
    room_ = capacity_;
  }
  coin_ = detail::mix(coin_ ^ std::bit_cast<std::uint64_t>(value));
  levels_[0].push_back(value);
  ++count_;
  ++kept_;
  compress();
}

// The highest level has room for `capacity_` values, each one below for two thirds of that.
std::size_t Quantiles::capacity_of(std::size_t level) const {
  std::size_t capacity = capacity_;
  for (std::size_t above = levels_.size() - 1; above > level && capacity > kLeastCapacity;
       --above) {
    capacity = std::max(kLeastCapacity, (2 * capacity + 2) / 3);
  }
  return capacity;
}

void Quantiles::compress() {
  while (kept_ > room_) {
    // More is kept than there is room for, so one of the levels has more than its own.
    std::size_t level = 0;
    while (levels_[level].size() <= capacity_of(level)) ++level;
    compact(level);
  }
}

// Leaves the rank of each value as it was, or off by one value's weight up or down, as tossed.
void Quantiles::compact(std::size_t level) {
  if (level + 1 == levels_.size()) {
    levels_.emplace_back();
    room_ = 0;
    for (std::size_t i = 0; i < levels_.size(); ++i) room_ += capacity_of(i);
  }
  Level& from = levels_[level];
  Level& to = levels_[level + 1];
  std::sort(from.begin(), from.end(), is_less);
  const std::size_t odd = from.size() % 2;  // the first value stays where there are an odd number
  for (std::size_t i = odd + (toss() ? 1 : 0); i < from.size(); i += 2) to.push_back(from[i]);
  kept_ -= (from.size() - odd) / 2;
  from.resize(odd);
  // A level had more room while fewer stood above it.
  if (from.capacity() > 2 * capacity_of(level)) from.shrink_to_fit();
  tossed_ += std::ldexp(1, 2 * static_cast<int>(level));
}

bool Quantiles::toss() {
  coin_ = detail::hash_again(coin_, 0);
  return (coin_ >> 63) != 0;
}

Result<void> Quantiles::merge(const Quantiles& other) {
  if (capacity_ != other.capacity_) {
    return detail::cannot_merge("Quantiles", "capacity", std::to_string(capacity_),
                                std::to_string(other.capacity_));
  }
  if (seed_ != other.seed_) {
    return detail::cannot_merge("Quantiles", "seed", std::to_string(seed_),
                                std::to_string(other.seed_));
  }
  if (other.count_ == 0) return {};
  if (count_ == 0 || is_less(other.least_, least_)) least_ = other.least_;
  if (count_ == 0 || is_less(largest_, other.largest_)) largest_ = other.largest_;
  levels_.resize(std::max(levels_.size(), other.levels_.size()));
  const std::vector<Level>& more = other.levels_;  // may be our own
  for (std::size_t i = 0; i < more.size(); ++i) {
    const Level copy = more[i];
    levels_[i].insert(levels_[i].end(), copy.begin(), copy.end());
  }
  coin_ = detail::mix(coin_ ^ std::rotl(other.coin_, 1));
  count_ += other.count_;
  tossed_ += other.tossed_;
  kept_ += other.kept_;
  room_ = 0;
  for (std::size_t i = 0; i < levels_.size(); ++i) room_ += capacity_of(i);
  compress();
  return {};
}

std::vector<Quantiles::Weighted> Quantiles::in_order() const {
  std::vector<Weighted> all;
  all.reserve(kept_);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    for (const double value : levels_[i]) all.push_back({value, std::uint64_t{1} << i});
  }
  std::sort(all.begin(), all.end(),
            [](const Weighted& a, const Weighted& b) { return is_less(a.value, b.value); });
  return all;
}

std::optional<double> Quantiles::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  if (q <= 0) return least_;
  if (q >= 1) return largest_;
  const double wanted = q * static_cast<double>(count_);
  std::uint64_t below = 0;
  for (const Weighted& item : in_order()) {
    below += item.weight;
    if (static_cast<double>(below) >= wanted) return item.value;
  }
  return largest_;
}

double Quantiles::rank(double value) const {
  if (count_ == 0) return 0;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const auto not_larger = std::count_if(levels_[i].begin(), levels_[i].end(),
                                          [value](double x) { return !is_less(value, x); });
    below += static_cast<std::uint64_t>(not_larger) << i;
  }
  return static_cast<double>(below) / static_cast<double>(count_);
}

double Quantiles::rank_error(double confidence) const {
  if (count_ == 0) return 0;
  return std::min(hoeffding(tossed_, confidence) / static_cast<double>(count_),
                  hoeffding(6, confidence) / static_cast<double>(capacity_));
}

std::size_t Quantiles::memory_bytes() const {
  std::size_t bytes = sizeof *this + levels_.capacity() * sizeof(Level);
  for (const Level& level : levels_) bytes += level.capacity() * sizeof(double);
  return bytes;
}

// kept_ and room_ follow from the rest.
std::size_t Quantiles::part_size() const {
  std::size_t size = detail::count_size(capacity_) + 2 * Bits::kLeast + detail::count_size(count_) +
                     3 * Number::kLeast + detail::count_size(levels_.size());
  for (const Level& level : levels_) size += detail::PartOf<Level>::size(level);
  return size;
}

char* Quantiles::write_part(char* at) const {
  at = Bits::write(coin_, Bits::write(seed_, detail::write_count(capacity_, at)));
  at = Number::write(tossed_, detail::write_count(count_, at));
  at = Number::write(largest_, Number::write(least_, at));
  at = detail::write_count(levels_.size(), at);
  for (const Level& level : levels_) at = detail::PartOf<Level>::write(level, at);
  return at;
}

bool Quantiles::read_part(detail::PartReader& in) {
  Quantiles read;
  const auto capacity = in.number();
  if (!capacity) return false;
  if (*capacity < kLeastCapacity || *capacity > kMostCapacity) {
    return in.fail("Quantiles have no such capacity");
  }
  read.capacity_ = *capacity;
  if (!Bits::read(in, read.seed_) || !Bits::read(in, read.coin_)) return false;
  const auto count = in.number();
  if (!count) return false;
  if (*count > detail::kMostStored) return in.fail("Quantiles have no such count");
  read.count_ = *count;
  for (double* number : {&read.tossed_, &read.least_, &read.largest_}) {
    if (!Number::read(in, *number)) return false;
  }
  const auto levels = in.count(1);
  if (!levels) return false;
  if (*levels > kMostLevels) return in.fail("Quantiles have at most 60 levels");
  for (std::size_t i = 0; i < *levels; ++i) {
    if (!detail::PartOf<Level>::read(in, read.levels_.emplace_back())) return false;
    read.kept_ += read.levels_[i].size();
  }
  for (std::size_t i = 0; i < *levels; ++i) read.room_ += read.capacity_of(i);
  if (!read.is_sound()) return in.fail("the levels of Quantiles do not add up to their count");
  *this = std::move(read);
  return true;
}

bool Quantiles::is_sound() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i].size() > (count_ >> i)) return false;
    sum += static_cast<std::uint64_t>(levels_[i].size()) << i;
  }
  return sum == count_ && kept_ <= room_ && tossed_ >= 0 && std::isfinite(tossed_);
}

}  // namespace weir
