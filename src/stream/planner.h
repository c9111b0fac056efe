#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/io.h"

namespace weir::stream {

/// What one source offers to a batch.
struct Offer {
  std::vector<plan::ReadAhead> read_ahead;
  bool whole_partition = false;  ///< one slice a partition, however large
};

/// What a batch may take.
struct PlanLimits {
  std::size_t batch_bytes = 0;   ///< of all sources; one record is always allowed
  std::size_t source_bytes = 0;  ///< of one source
  std::size_t task_bytes = 0;    ///< pieces are gathered into slices of about this size
  std::size_t turn = 0;          ///< of the partition that is asked first, modulo their number
  /// How many records may be taken from a partition; negative for no limit.
  std::function<std::int64_t(const RecordOrigin&)> records_allowed = nullptr;
};

struct Plan {
  std::vector<std::vector<plan::Slice>> slices;  ///< for each offer, by partition, in order
  bool cut_by_bytes = false;                     ///< there was more than the batch could hold
  bool cut_by_rate = false;                      ///< there was more than the rate allows
};

/// The first `records` of a piece, with their part of its bytes.
plan::Piece first_of(const plan::Piece& piece, std::int64_t records);

/// Chooses a batch's slices from what the sources have read ahead: fair over partitions, in whole
/// pieces except where the rate cuts one or the first is larger than the batch. A pure function.
Plan plan_batch(const std::vector<Offer>& offers, const PlanLimits& limits);

}  // namespace weir::stream
