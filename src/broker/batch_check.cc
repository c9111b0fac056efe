#include "broker/batch_check.h"

#include "base/log.h"
#include "wire/crc32c.h"
#include "wire/error_codes.h"
#include "wire/record_batch_layout.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;

constexpr std::int16_t kLogAppendTimeBit = 8;

Error corrupt(std::string message) {
  return Error(ErrorCode::kCorrupt, std::move(message)).with_kafka_code(code::kCorruptMessage);
}

Error invalid(std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(message))
      .with_kafka_code(code::kInvalidRecord);
}

Result<void> check_header(const wire::RecordBatchHeader& header, const BatchLimits& limits) {
  if (header.record_count < 1 || header.last_offset_delta != header.record_count - 1) {
    return invalid(concat("a batch claims ", header.record_count, " records and a last offset of ",
                          header.last_offset_delta));
  }
  if (header.control()) return invalid("only brokers write control batches");
  if (header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0)) {
    return invalid("a batch has a producer id without sequence or epoch");
  }
  if (header.transactional() && header.producer_id < 0) {
    return invalid("a batch is of a transaction without a producer");
  }
  if (header.compression() == wire::Compression::kZstd && !limits.zstd_allowed) {
    return Error(ErrorCode::kUnsupported, "zstd needs a newer Produce request")
        .with_kafka_code(code::kUnsupportedCompressionType);
  }
  return {};
}

}  // namespace

Result<wire::RecordBatchView> only_batch(std::string_view records) {
  wire::RecordBatchCursor cursor(records);
  auto batch = cursor.next();
  if (!batch.ok()) return corrupt(batch.error().message());
  if (!*batch) return invalid("the record batch is missing or cut short");
  if (!cursor.rest().empty()) return invalid("more than one record batch came for one partition");
  return **batch;
}

Result<void> check_batch(const wire::RecordBatchView& batch, const BatchLimits& limits) {
  if (batch.bytes.size() > static_cast<std::size_t>(limits.largest)) {
    return Error(ErrorCode::kResourceExhausted,
                 concat("a batch has ", batch.bytes.size(),
                        " bytes; the topic's max.message.bytes is ", limits.largest))
        .with_kafka_code(code::kMessageTooLarge);
  }
  WEIR_RETURN_IF_ERROR(check_header(batch.header, limits));
  if (const auto intact = wire::verify_crc(batch); !intact.ok()) {
    return corrupt(intact.error().message());
  }
  return {};
}

Result<std::vector<std::int32_t>> keyless_records(const wire::RecordBatchView& batch) {
  std::string scratch;
  const auto payload = wire::decompressed_payload(batch, scratch, kLargestPayload);
  if (!payload.ok()) return corrupt(payload.error().message());
  std::vector<std::int32_t> keyless;
  std::int32_t place = 0;
  const auto read =
      wire::for_each_record(batch.header, *payload, [&](const wire::RecordView& record) {
        if (!record.has_key) keyless.push_back(place);
        ++place;
      });
  if (!read.ok()) return corrupt(read.error().message());
  return keyless;
}

std::string with_append_time(const wire::RecordBatchView& batch, WallTime now) {
  namespace at = wire::batch_layout;
  std::string stamped(batch.bytes);
  const auto attributes = static_cast<std::int16_t>(batch.header.attributes | kLogAppendTimeBit);
  wire::put_big_endian(stamped.data() + at::kAttributes, attributes);
  wire::put_big_endian(stamped.data() + at::kMaxTimestamp, now.millis);
  const std::string_view covered = std::string_view(stamped).substr(at::kAttributes);
  wire::put_big_endian(stamped.data() + at::kCrc, wire::crc32c(covered));
  return stamped;
}

}  // namespace weir::broker
