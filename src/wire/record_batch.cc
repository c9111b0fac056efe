#include "wire/record_batch.h"

#include "base/log.h"
#include "wire/crc32c.h"
#include "wire/record_batch_layout.h"

namespace weir::wire {
namespace {

constexpr std::size_t kSmallestRecord = 7;

RecordBatchHeader parse(const char* batch) {
  namespace at = batch_layout;
  return {.base_offset = big_endian_at<std::int64_t>(batch + at::kBaseOffset),
          .length = big_endian_at<std::int32_t>(batch + at::kLength),
          .leader_epoch = big_endian_at<std::int32_t>(batch + at::kLeaderEpoch),
          .magic = big_endian_at<std::int8_t>(batch + at::kMagic),
          .crc = big_endian_at<std::uint32_t>(batch + at::kCrc),
          .attributes = big_endian_at<std::int16_t>(batch + at::kAttributes),
          .last_offset_delta = big_endian_at<std::int32_t>(batch + at::kLastOffsetDelta),
          .base_timestamp = big_endian_at<std::int64_t>(batch + at::kBaseTimestamp),
          .max_timestamp = big_endian_at<std::int64_t>(batch + at::kMaxTimestamp),
          .producer_id = big_endian_at<std::int64_t>(batch + at::kProducerId),
          .producer_epoch = big_endian_at<std::int16_t>(batch + at::kProducerEpoch),
          .base_sequence = big_endian_at<std::int32_t>(batch + at::kBaseSequence),
          .record_count = big_endian_at<std::int32_t>(batch + at::kRecordCount)};
}

Error malformed(std::int64_t base_offset, std::string_view why) {
  return {ErrorCode::kCorrupt,
          concat("the record batch at offset ", base_offset, " is malformed: ", why)};
}

Error old_format(std::int64_t base_offset, int magic) {
  return {ErrorCode::kUnsupported,
          concat("the record batch at offset ", base_offset, " has Kafka's record format ", magic,
                 "; weir reads format 2, of Kafka 0.11 and later")};
}

Result<void> check(const RecordBatchHeader& header, std::size_t payload_size) {
  const auto wrong = [&](const char* field, std::int64_t value) {
    return malformed(header.base_offset, concat(field, " ", value));
  };
  if (header.base_offset < 0) return wrong("base offset", header.base_offset);
  if (header.last_offset_delta < 0) return wrong("last offset delta", header.last_offset_delta);
  const std::int64_t count = header.record_count;
  if (count < 0 || count > std::int64_t{header.last_offset_delta} + 1) {
    return wrong("record count", count);
  }
  if (header.compression() > Compression::kZstd) return wrong("attributes", header.attributes);
  const bool plain = header.compression() == Compression::kNone;
  if (plain && static_cast<std::size_t>(count) > payload_size / kSmallestRecord) {
    return wrong("record count", count);
  }
  return {};
}

}  // namespace

Result<std::optional<RecordBatchView>> RecordBatchCursor::next() {
  namespace at = batch_layout;
  if (rest_.size() <= at::kMagic) return std::optional<RecordBatchView>();
  const auto base_offset = big_endian_at<std::int64_t>(rest_.data() + at::kBaseOffset);
  const int magic = rest_[at::kMagic];
  if (magic == 0 || magic == 1) return old_format(base_offset, magic);
  if (magic != 2) return malformed(base_offset, concat("magic ", magic));
  const auto length = big_endian_at<std::int32_t>(rest_.data() + at::kLength);
  if (length < static_cast<std::int32_t>(at::kRecords - at::kLeaderEpoch)) {
    return malformed(base_offset, concat("length ", length));
  }
  const std::size_t size = at::kLeaderEpoch + static_cast<std::size_t>(length);
  if (rest_.size() < size) return std::optional<RecordBatchView>();
  const RecordBatchView batch{parse(rest_.data()), rest_.substr(0, size)};
  WEIR_RETURN_IF_ERROR(check(batch.header, size - at::kRecords));
  rest_.remove_prefix(size);
  return std::optional(batch);
}

Result<void> verify_crc(const RecordBatchView& batch) {
  const std::uint32_t computed = crc32c(batch.bytes.substr(batch_layout::kAttributes));
  if (computed == batch.header.crc) return {};
  return malformed(batch.header.base_offset,
                   concat("its checksum is ", batch.header.crc, ", its bytes have ", computed));
}

Result<std::string_view> decompressed_payload(const RecordBatchView& batch, std::string& scratch,
                                              std::size_t limit) {
  const std::string_view payload = batch.payload();
  if (payload.empty() && batch.header.record_count == 0) return payload;
  auto bytes = decompress(batch.header.compression(), payload, scratch, limit);
  if (bytes) return bytes;
  return std::move(bytes).error().with_context(concat("offset ", batch.header.base_offset));
}

RecordHeader read_record_header(Reader& reader) {
  RecordHeader header;
  bool has_key = false;
  header.key = detail::read_nullable_bytes(reader, has_key);
  if (!has_key) reader.fail();
  header.value = detail::read_nullable_bytes(reader, header.has_value);
  return header;
}

std::optional<ControlType> control_type(const RecordView& record) {
  Reader reader(record.key);
  reader.integer<std::int16_t>();  // version
  const auto type = reader.integer<std::int16_t>();
  if (!reader.ok() || type < 0 || type > 1) return std::nullopt;
  return static_cast<ControlType>(type);
}

namespace {

/// The record of a control batch; nothing where it has none.
std::optional<RecordView> control_record(const RecordBatchView& batch) {
  if (!batch.header.control()) return std::nullopt;
  Reader reader(batch.payload());
  const RecordView record = read_record(reader, batch.header);
  return reader.ok() ? std::optional(record) : std::nullopt;
}

}  // namespace

std::optional<ControlType> control_type(const RecordBatchView& batch) {
  const auto record = control_record(batch);
  return record ? control_type(*record) : std::nullopt;
}

std::int32_t coordinator_epoch(const RecordBatchView& batch) {
  const auto record = control_record(batch);
  if (!record || !control_type(*record)) return -1;
  Reader reader(record->value);
  reader.integer<std::int16_t>();  // version
  const auto epoch = reader.integer<std::int32_t>();
  return reader.ok() ? epoch : -1;
}

Error detail::malformed_records(const RecordBatchHeader& header) {
  return malformed(header.base_offset,
                   concat("its bytes are not ", header.record_count, " records"));
}

}  // namespace weir::wire
