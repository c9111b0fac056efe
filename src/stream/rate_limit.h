#pragma once

#include <cstdint>
#include <map>

#include "weir/record.h"
#include "weir/types.h"

namespace weir::stream {

/// Counts what each partition may still take under a rate in records per second. Unused allowance
/// is kept for at most one second, or one batch interval if that is longer. Driver's thread only.
class RateLimit {
 public:
  /// A rate of 0 is no limit.
  RateLimit(std::int64_t records_per_second, Duration batch_interval);

  /// What `partition` may take at `now`; negative for no limit.
  std::int64_t allowed(const RecordOrigin& partition, TimePoint now);
  /// Gives a partition a limit of its own beside the common one: the lower one holds. 0 is none.
  void limit(const RecordOrigin& partition, std::int64_t records_per_second);
  void took(const RecordOrigin& partition, std::int64_t records);

 private:
  struct Allowance {
    double records = 0;
    TimePoint at;
  };
  double rate_of(const RecordOrigin& partition) const;

  double rate_;
  double most_seconds_;
  std::map<const RecordOrigin*, double> own_rates_;
  std::map<const RecordOrigin*, Allowance> allowances_;
};

}  // namespace weir::stream
