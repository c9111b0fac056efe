#include "stream/rate_limit.h"

#include <algorithm>
#include <chrono>

namespace weir::stream {

namespace {
double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
}  // namespace

RateLimit::RateLimit(std::int64_t records_per_second, Duration batch_interval)
    : rate_(static_cast<double>(records_per_second)),
      most_seconds_(std::max(1.0, seconds(batch_interval))) {}

void RateLimit::limit(const RecordOrigin& partition, std::int64_t records_per_second) {
  if (records_per_second > 0) own_rates_[&partition] = static_cast<double>(records_per_second);
}

double RateLimit::rate_of(const RecordOrigin& partition) const {
  const auto own = own_rates_.find(&partition);
  if (own == own_rates_.end()) return rate_;
  return rate_ > 0 ? std::min(rate_, own->second) : own->second;
}

std::int64_t RateLimit::allowed(const RecordOrigin& partition, TimePoint now) {
  const double rate = rate_of(partition);
  if (rate <= 0) return -1;
  auto [at, is_new] = allowances_.try_emplace(&partition);
  Allowance& allowance = at->second;
  // A partition begins with nothing: its first batch is not larger than the others.
  if (!is_new) {
    const double most = std::max(1.0, rate * most_seconds_);
    allowance.records = std::min(most, allowance.records + rate * seconds(now - allowance.at));
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
