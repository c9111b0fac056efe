#include "broker/timestamp_search.h"

#include <string>

#include "broker/batch_check.h"

namespace weir::broker {

namespace {

/// Finds nothing where all that qualifies lies before `from`.
Result<std::optional<TimedOffset>> first_in_batch(const wire::RecordBatchView& batch, WallTime time,
                                                  Offset from) {
  std::string scratch;
  WEIR_ASSIGN_OR_RETURN(const std::string_view payload,
                        wire::decompressed_payload(batch, scratch, kLargestPayload));
  wire::Reader reader(payload);
  for (std::int32_t i = 0; i < batch.header.record_count; ++i) {
    const wire::RecordView record = wire::read_record(reader, batch.header);
    if (!reader.ok())
      return Error(ErrorCode::kCorrupt, "a stored record batch holds no valid records");
    if (record.timestamp >= time.millis && record.offset >= from.value) {
      return std::optional(TimedOffset{{record.offset}, {record.timestamp}});
    }
  }
  if (batch.header.base_offset < from.value) return std::optional<TimedOffset>();
  // Its header promised a newer record than it holds: the batch's end is the best answer there is.
  return std::optional(TimedOffset{{batch.header.last_offset()}, {batch.header.max_timestamp}});
}

Result<std::optional<TimedOffset>> first_record_from(const PartitionLog& log, WallTime time,
                                                     Offset from) {
  const auto batch = log.first_batch_since(time, from);
  if (!batch) return std::optional<TimedOffset>();
  WEIR_ASSIGN_OR_RETURN(auto found, first_in_batch(*batch, time, from));
  if (found) return found;
  // The log starts within this batch, behind the record that qualifies.
  return first_record_from(log, time, Offset{batch->header.last_offset()}.next());
}

}  // namespace

Result<std::optional<TimedOffset>> first_record_since(const PartitionLog& log, WallTime time) {
  return first_record_from(log, time, log.start());
}

Result<std::optional<TimedOffset>> newest_record(const PartitionLog& log) {
  const auto newest = log.max_timestamp();
  if (!newest) return std::optional<TimedOffset>();
  return first_record_since(log, *newest);
}

}  // namespace weir::broker
