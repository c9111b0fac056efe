#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/io.h"

namespace weir::stream {

/// What a batch may take.
struct PlanLimits {
  std::size_t batch_bytes = 0;   ///< of one source; one piece is always allowed
  std::size_t task_bytes = 0;    ///< pieces are gathered into slices of about this size
  bool whole_partition = false;  ///< one slice a partition, however large
  /// How many records may be taken from a partition; negative for no limit.
  std::function<std::int64_t(const RecordOrigin&)> records_allowed = nullptr;
};

struct Plan {
  std::vector<plan::Slice> slices;  ///< by partition, in order
  bool cut_by_bytes = false;        ///< there was more than the batch could hold
  bool cut_by_rate = false;         ///< there was more than the rate allows
};

/// Chooses a batch's slices from what a source has read ahead: fair over partitions, in whole
/// pieces except where a rate limit cuts one. A pure function.
Plan plan_batch(const std::vector<plan::ReadAhead>& read_ahead, const PlanLimits& limits);

}  // namespace weir::stream
