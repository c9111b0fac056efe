#include "kafka/batch_halves.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {

namespace {

/// The batch was built here: what it decompresses to is bounded by what a builder holds.
constexpr std::size_t kLargestPayload = std::numeric_limits<std::int32_t>::max();

void append_copy(wire::RecordBatchBuilder& builder, const wire::RecordView& record) {
  std::vector<wire::RecordHeader> headers;
  wire::Reader reader(record.headers);
  for (std::int32_t left = record.header_count; left > 0; --left) {
    headers.push_back(wire::read_record_header(reader));
  }
  const auto key = record.has_key ? std::optional(record.key) : std::nullopt;
  if (!record.has_value) return builder.append_tombstone(record.timestamp, key, headers);
  char* value = builder.append(record.timestamp, key, record.value.size(), headers);
  record.value.copy(value, record.value.size());
}

}  // namespace

Result<std::array<Buffer, 2>> halves_of(const Buffer& batch, BufferPool& pool) {
  WEIR_ASSIGN_OR_RETURN(const auto view, wire::RecordBatchCursor(batch.view()).next());
  if (!view) return Error(ErrorCode::kCorrupt, "a record batch to be split is cut off");
  WEIR_CHECK(view->header.record_count >= 2, "a single record cannot be split");
  std::string scratch;
  WEIR_ASSIGN_OR_RETURN(const std::string_view payload,
                        wire::decompressed_payload(*view, scratch, kLargestPayload));
  const auto count = static_cast<std::size_t>(view->header.record_count);
  // Other deltas may make records a little longer than they were.
  const std::size_t space = wire::RecordBatchHeader::kSize + payload.size() +
                            count * wire::RecordBatchBuilder::kMaxRecordOverhead;
  wire::RecordBatchBuilder first(pool.take(space));
  wire::RecordBatchBuilder second(pool.take(space));
  const auto in_first = static_cast<std::int32_t>(count / 2);
  WEIR_RETURN_IF_ERROR(
      wire::for_each_record(view->header, payload, [&](const wire::RecordView& record) {
        append_copy(first.count() < in_first ? first : second, record);
      }));
  const wire::Compression compression = view->header.compression();
  WEIR_ASSIGN_OR_RETURN(Buffer front, std::move(first).seal(compression, pool));
  WEIR_ASSIGN_OR_RETURN(Buffer back, std::move(second).seal(compression, pool));
  return std::array<Buffer, 2>{std::move(front), std::move(back)};
}

}  // namespace weir::kafka
