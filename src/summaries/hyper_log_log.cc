#include "weir/summaries/hyper_log_log.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace weir {

namespace {

constexpr int kLeastPrecision = 4;
constexpr int kMostPrecision = 18;

bool is_valid(int precision) { return precision >= kLeastPrecision && precision <= kMostPrecision; }

// The functions of Ertl 2017 that count registers that are still 0, and those that are full.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double sum = x;
  double before = 0;
  for (double weight = 1; sum != before; weight += weight) {
    x *= x;
    before = sum;
    sum += x * weight;
  }
  return sum;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x;
  double before = 0;
  for (double weight = 0.5; sum != before; weight /= 2) {
    x = std::sqrt(x);
    before = sum;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

HyperLogLog::HyperLogLog(const Options& options) : options_(options) {
  if (!is_valid(options.precision)) {
    detail::refuse("the precision of a HyperLogLog is 4 to 18, not " +
                   std::to_string(options.precision));
  }
  registers_.resize(std::size_t{1} << options.precision);
}

void HyperLogLog::add_hash(std::uint64_t hash) {
  const int precision = options_.precision;
  // How long the run of zeros behind the index is, and one; the bit put in ends it.
  const std::uint64_t rest = (hash << precision) | (std::uint64_t{1} << (precision - 1));
  const auto run = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
  std::uint8_t& longest = registers_[hash >> (64 - precision)];
  longest = std::max(longest, run);
}

Result<void> HyperLogLog::merge(const HyperLogLog& other) {
  if (options_.precision != other.options_.precision) {
    return detail::cannot_merge("HyperLogLogs", "precision", std::to_string(options_.precision),
                                std::to_string(other.options_.precision));
  }
  if (options_.seed != other.options_.seed) {
    return detail::cannot_merge("HyperLogLogs", "seed", std::to_string(options_.seed),
                                std::to_string(other.options_.seed));
  }
  std::transform(registers_.begin(), registers_.end(), other.registers_.begin(), registers_.begin(),
                 [](auto a, auto b) { return std::max(a, b); });
  return {};
}

double HyperLogLog::estimate() const {
  const auto size = static_cast<double>(registers_.size());
  const int longest = 64 - options_.precision;
  std::array<double, 65> count{};  // of registers with each run
  for (const std::uint8_t run : registers_) count[run] += 1;
  double sum = size * tau(1 - count[longest + 1] / size);
  for (int run = longest; run >= 1; --run) sum = (sum + count[run]) / 2;
  sum += size * sigma(count[0] / size);
  return size * size / (2 * std::numbers::ln2) / sum;
}

double HyperLogLog::relative_error() const {
  return 1.04 / std::sqrt(static_cast<double>(registers_.size()));
}

std::size_t HyperLogLog::part_size() const { return 1 + 8 + registers_.size(); }

char* HyperLogLog::write_part(char* at) const {
  *at++ = static_cast<char>(options_.precision);
  at = detail::NumberPart<std::uint64_t>::write(options_.seed, at);
  return std::copy(registers_.begin(), registers_.end(), at);
}

bool HyperLogLog::read_part(detail::PartReader& in) {
  std::uint8_t precision = 0;
  Options options;
  if (!detail::NumberPart<std::uint8_t>::read(in, precision)) return false;
  if (!is_valid(precision)) return in.fail("the precision of a HyperLogLog is 4 to 18", 1);
  options.precision = precision;
  if (!detail::NumberPart<std::uint64_t>::read(in, options.seed)) return false;
  const auto registers = in.take(std::size_t{1} << precision);
  if (!registers) return false;
  const auto is_too_long = [&](char run) {
    return static_cast<std::uint8_t>(run) > 65 - precision;
  };
  const auto wrong = std::find_if(registers->begin(), registers->end(), is_too_long);
  if (wrong != registers->end()) {
    return in.fail("a HyperLogLog has no such register",
                   static_cast<std::size_t>(registers->end() - wrong));
  }
  options_ = options;
  registers_.assign(registers->begin(), registers->end());
  return true;
}

}  // namespace weir
