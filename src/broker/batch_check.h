#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"
#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// How far a stored batch may inflate where its records are looked at: producers would choose more.
inline constexpr std::size_t kLargestPayload = 256 * 1024 * 1024;

/// What a topic and a request allow a batch to be.
struct BatchLimits {
  std::int32_t largest = 0;  ///< bytes
  bool zstd_allowed = true;
};

/// Reads what a producer sent for one partition: exactly one batch, and whole. Errors carry the
/// protocol's code, as do those of check_batch().
Result<wire::RecordBatchView> only_batch(std::string_view records);

/// Fails unless a batch is within the limits, true to its checksum and consistent in its header.
/// Its records are not looked at.
Result<void> check_batch(const wire::RecordBatchView& batch, const BatchLimits& limits);

/// Finds the records that have no key, by their places in the batch. Fails, with the protocol's
/// code, where the batch holds no valid records.
Result<std::vector<std::int32_t>> keyless_records(const wire::RecordBatchView& batch);

/// Returns a copy of the batch whose records carry the time `now`.
std::string with_append_time(const wire::RecordBatchView& batch, WallTime now);

}  // namespace weir::broker
