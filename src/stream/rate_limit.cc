#include "stream/rate_limit.h"

#include <algorithm>
#include <chrono>

namespace weir::stream {

namespace {
double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
}  // namespace

RateLimit::RateLimit(std::int64_t records_per_second, Duration batch_interval)
    : rate_(static_cast<double>(records_per_second)),
      most_(std::max(1.0, rate_ * std::max(1.0, seconds(batch_interval)))) {}

std::int64_t RateLimit::allowed(const RecordOrigin& partition, TimePoint now) {
  if (rate_ <= 0) return -1;
  auto [at, is_new] = allowances_.try_emplace(&partition);
  Allowance& allowance = at->second;
  // A partition begins with nothing: its first batch is not larger than the others.
  if (!is_new) {
    allowance.records = std::min(most_, allowance.records + rate_ * seconds(now - allowance.at));
  }
  allowance.at = now;
  return static_cast<std::int64_t>(allowance.records);
}

void RateLimit::took(const RecordOrigin& partition, std::int64_t records) {
  if (const auto at = allowances_.find(&partition); at != allowances_.end()) {
    at->second.records -= static_cast<double>(records);
  }
}

}  // namespace weir::stream
