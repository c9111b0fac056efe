#include "wire/record_batch_filter.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "wire/crc32c.h"
#include "wire/record_batch_builder.h"
#include "wire/record_batch_layout.h"
#include "wire/writer.h"

namespace weir::wire {

namespace {

namespace at = batch_layout;

constexpr std::int16_t kCompressionBits = 7;
constexpr std::int16_t kDeleteHorizonBit = 0x40;

/// Adds a record, all of whose bytes are `raw`, with another distance to the base timestamp.
void append_moved(std::string_view raw, std::int64_t timestamp_delta, std::string& records) {
  Reader reader(raw);
  reader.varint();                                        // its length
  const auto attributes = reader.integer<std::int8_t>();  // none is defined
  reader.varint();                                        // the delta it had
  const std::string_view rest = reader.rest();
  const std::size_t length = 1 + detail::varint_size(timestamp_delta) + rest.size();
  char numbers[21];
  char* end = detail::put_varint(numbers, static_cast<std::int64_t>(length));
  *end++ = static_cast<char>(attributes);
  end = detail::put_varint(end, timestamp_delta);
  records.append(numbers, end).append(rest);
}

/// What is written in place of a batch's records.
struct Kept {
  std::string records;
  std::int32_t count = 0;
  std::int64_t max_timestamp = 0;
};

Kept keep(const RecordBatchHeader& header, std::string_view payload, const std::vector<bool>& stays,
          std::int64_t base_timestamp) {
  Kept kept;
  kept.records.reserve(payload.size());
  Reader reader(payload);
  for (const bool record_stays : stays) {
    const char* begin = reader.position();
    const RecordView record = read_record(reader, header);
    WEIR_CHECK(reader.ok(), "the caller has read these records");
    if (!record_stays) continue;
    const std::string_view raw(begin, static_cast<std::size_t>(reader.position() - begin));
    if (base_timestamp == header.base_timestamp) {
      kept.records.append(raw);
    } else {
      append_moved(raw, detail::wrapping_difference(record.timestamp, base_timestamp),
                   kept.records);
    }
    kept.max_timestamp =
        kept.count == 0 ? record.timestamp : std::max(kept.max_timestamp, record.timestamp);
    ++kept.count;
  }
  WEIR_CHECK(kept.count > 0, "a batch without records is written by append_emptied()");
  return kept;
}

void complete_header(char* batch, std::size_t size) {
  put_big_endian(batch + at::kLength, static_cast<std::int32_t>(size - at::kLeaderEpoch));
  const std::string_view covered(batch + at::kAttributes, size - at::kAttributes);
  put_big_endian(batch + at::kCrc, crc32c(covered));
}

}  // namespace

Result<void> append_filtered(const RecordBatchView& batch, std::string_view payload,
                             const std::vector<bool>& stays,
                             std::optional<std::int64_t> delete_horizon, std::string& out) {
  const RecordBatchHeader& header = batch.header;
  const Compression compression = header.compression();
  const std::int64_t base_timestamp = delete_horizon.value_or(header.base_timestamp);
  const Kept kept = keep(header, payload, stays, base_timestamp);
  const std::size_t begin = out.size();
  out.resize(begin + at::kRecords + compressed_bound(compression, kept.records.size()));
  const std::span<char> space(out.data() + begin + at::kRecords, out.size() - begin - at::kRecords);
  const auto packed = compress(compression, kept.records, space);
  if (!packed.ok()) {
    out.resize(begin);
    return packed.error();
  }
  out.resize(begin + at::kRecords + *packed);
  char* written = out.data() + begin;
  batch.bytes.copy(written, at::kRecords);
  if (delete_horizon) {
    put_big_endian(written + at::kAttributes,
                   static_cast<std::int16_t>(header.attributes | kDeleteHorizonBit));
  }
  put_big_endian(written + at::kBaseTimestamp, base_timestamp);
  put_big_endian(written + at::kMaxTimestamp, kept.max_timestamp);
  put_big_endian(written + at::kRecordCount, kept.count);
  complete_header(written, out.size() - begin);
  return {};
}

void append_emptied(const RecordBatchView& batch, std::string& out) {
  const std::size_t begin = out.size();
  out.append(batch.bytes.substr(0, at::kRecords));
  char* written = out.data() + begin;
  const auto attributes =
      static_cast<std::int16_t>(batch.header.attributes & ~(kCompressionBits | kDeleteHorizonBit));
  put_big_endian(written + at::kAttributes, attributes);
  put_big_endian(written + at::kBaseTimestamp, std::int64_t{-1});  // as Kafka does
  put_big_endian(written + at::kRecordCount, std::int32_t{0});
  complete_header(written, at::kRecords);
}

}  // namespace weir::wire
