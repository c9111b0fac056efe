#include "wire/record_batch.h"

#include <string>

#include "wire/crc32c.h"

namespace weir::wire {
namespace {

constexpr std::size_t kLengthEnd = 12;  // the length counts what is behind it
constexpr std::size_t kMagicAt = 16;    // in every format Kafka has had
constexpr std::size_t kChecksummedAt = 21;
constexpr std::size_t kSmallestRecord = 7;

RecordBatchHeader parse(std::string_view bytes) {
  Reader reader(bytes);
  RecordBatchHeader header;
  header.base_offset = reader.integer<std::int64_t>();
  header.length = reader.integer<std::int32_t>();
  header.leader_epoch = reader.integer<std::int32_t>();
  header.magic = reader.integer<std::int8_t>();
  header.crc = reader.integer<std::uint32_t>();
  header.attributes = reader.integer<std::int16_t>();
  header.last_offset_delta = reader.integer<std::int32_t>();
  header.base_timestamp = reader.integer<std::int64_t>();
  header.max_timestamp = reader.integer<std::int64_t>();
  header.producer_id = reader.integer<std::int64_t>();
  header.producer_epoch = reader.integer<std::int16_t>();
  header.base_sequence = reader.integer<std::int32_t>();
  header.record_count = reader.integer<std::int32_t>();
  return header;
}

Error malformed(std::int64_t base_offset, const std::string& why) {
  return {ErrorCode::kCorrupt,
          "the record batch at offset " + std::to_string(base_offset) + " is malformed: " + why};
}

Error old_format(std::int64_t base_offset, int magic) {
  return {ErrorCode::kUnsupported, "the record batch at offset " + std::to_string(base_offset) +
                                       " has Kafka's record format " + std::to_string(magic) +
                                       "; weir reads format 2, of Kafka 0.11 and later"};
}

Result<void> check(const RecordBatchHeader& header, std::size_t payload_size) {
  const auto wrong = [&](const char* field, std::int64_t value) {
    return malformed(header.base_offset, std::string(field) + ' ' + std::to_string(value));
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
  if (rest_.size() <= kMagicAt) return std::optional<RecordBatchView>();
  const auto base_offset = big_endian_at<std::int64_t>(rest_.data());
  const int magic = rest_[kMagicAt];
  if (magic == 0 || magic == 1) return old_format(base_offset, magic);
  if (magic != 2) return malformed(base_offset, "magic " + std::to_string(magic));
  const auto length = big_endian_at<std::int32_t>(rest_.data() + kLengthEnd - sizeof(std::int32_t));
  if (length < static_cast<std::int32_t>(RecordBatchHeader::kSize - kLengthEnd)) {
    return malformed(base_offset, "length " + std::to_string(length));
  }
  const std::size_t size = kLengthEnd + static_cast<std::size_t>(length);
  if (rest_.size() < size) return std::optional<RecordBatchView>();
  const RecordBatchView batch{parse(rest_), rest_.substr(0, size)};
  WEIR_RETURN_IF_ERROR(check(batch.header, size - RecordBatchHeader::kSize));
  rest_.remove_prefix(size);
  return std::optional(batch);
}

Result<void> verify_crc(const RecordBatchView& batch) {
  const std::uint32_t computed = crc32c(batch.bytes.substr(kChecksummedAt));
  if (computed == batch.header.crc) return {};
  return malformed(batch.header.base_offset, "its checksum is " + std::to_string(batch.header.crc) +
                                                 ", its bytes have " + std::to_string(computed));
}

Result<std::string_view> decompressed_payload(const RecordBatchView& batch, std::string& scratch,
                                              std::size_t limit) {
  const std::string_view payload = batch.payload();
  if (payload.empty() && batch.header.record_count == 0) return payload;
  auto bytes = decompress(batch.header.compression(), payload, scratch, limit);
  if (bytes) return bytes;
  return std::move(bytes).error().with_context("offset " +
                                               std::to_string(batch.header.base_offset));
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

Error detail::malformed_records(const RecordBatchHeader& header) {
  return malformed(header.base_offset,
                   "its bytes are not " + std::to_string(header.record_count) + " records");
}

}  // namespace weir::wire
