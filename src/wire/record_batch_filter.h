#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"
#include "wire/record_batch.h"

/// Writes record batches anew with some of their records, as a log's compaction does. What stays
/// keeps its offsets, times and headers, and the batch keeps its compression, its producer and
/// sequence, and the offsets it covers: no other batch could be there.
namespace weir::wire {

/// Adds to `out` the batch with those of its records for which `stays` is true: one or more of
/// them, of as many as it has. `payload` is decompressed and holds the batch's records. Where
/// `delete_horizon` is set, the batch carries it from now on. Its newest timestamp is that of the
/// records that stay. Fails where they cannot be compressed; then nothing was added.
Result<void> append_filtered(const RecordBatchView& batch, std::string_view payload,
                             const std::vector<bool>& stays,
                             std::optional<std::int64_t> delete_horizon, std::string& out);

/// Adds to `out` the batch without any of its records: its header, which says what it was.
void append_emptied(const RecordBatchView& batch, std::string& out);

}  // namespace weir::wire
