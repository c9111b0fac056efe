#include "weir/dataset_operations.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/log.h"
#include "weir/mix.h"
#include "weir/task_error.h"

namespace weir::detail {

namespace {

constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;

bool is_weight(double number) { return std::isfinite(number) && number >= 0; }

}  // namespace

Chance::Chance(std::uint64_t seed, std::size_t partition)
    : state_(mix(seed) + mix(kStep * (partition + 1))) {}

double Chance::uniform() {
  state_ += kStep;
  return static_cast<double>(mix(state_) >> 11) * 0x1p-53;
}

std::size_t Chance::below(std::size_t end) {
  const auto at = static_cast<std::size_t>(uniform() * static_cast<double>(end));
  return std::min(at, end - 1);  // a product may be rounded up to the end
}

std::size_t Chance::times(double mean) {
  if (!std::isfinite(mean)) {
    throw TaskError(Error(ErrorCode::kInvalidArgument,
                          "sample_with_replacement(): the mean must be a finite number"));
  }
  // What happens at random times, once in a unit of time in the mean: how often within `mean`.
  std::size_t times = 0;
  for (double at = -std::log1p(-uniform()); at < mean; at -= std::log1p(-uniform())) ++times;
  return times;
}

void refuse_unless_partitions(const char* operation, std::int32_t partitions) {
  if (partitions >= 1) return;
  throw TaskError(Error(
      ErrorCode::kInvalidArgument,
      concat(operation, "(): ", partitions, " partitions make no sense; ask for at least 1")));
}

Error not_alike(const char* operation, const std::string& these, const std::string& others) {
  return Error(ErrorCode::kInvalidArgument,
               concat(operation, "(): this dataset has ", these, ", the other ", others,
                      "; it pairs what is divided alike"));
}

std::vector<double> shares_of(const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!std::all_of(weights.begin(), weights.end(), is_weight) || !is_weight(sum) || sum == 0) {
    throw TaskError(Error(ErrorCode::kInvalidArgument,
                          "random_split(): each weight must be a finite number, 0 or more, and one "
                          "of them must be greater"));
  }
  std::vector<double> shares;
  double end = 0;
  for (const double weight : weights) shares.push_back((end += weight) / sum);
  return shares;
}

}  // namespace weir::detail
