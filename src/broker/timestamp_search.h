#pragma once

#include <optional>

#include "broker/partition_log.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::broker {

/// A record's place and its time.
struct TimedOffset {
  Offset offset;
  WallTime timestamp;
};

/// Finds the first record at or behind `time`; nothing if there is none. Decompresses the batch
/// that holds it; fails when that is malformed.
Result<std::optional<TimedOffset>> first_record_since(const PartitionLog& log, WallTime time);

/// Finds the first of the records with the newest timestamp; nothing in an empty log, nor where the
/// log starts within a batch whose newest record lies before the start.
Result<std::optional<TimedOffset>> newest_record(const PartitionLog& log);

}  // namespace weir::broker
