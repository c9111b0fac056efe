#include "wire/record_batch_builder.h"

#include <utility>

#include "wire/crc32c.h"
#include "wire/reader.h"
#include "wire/record_batch_layout.h"
#include "wire/writer.h"

namespace weir::wire {
std::size_t detail::headers_size(std::span<const RecordHeader> headers) {
  std::size_t size = varint_size(static_cast<std::int64_t>(headers.size()));
  for (const RecordHeader& header : headers) {
    size += prefixed_size(header.key.size()) +
            (header.has_value ? prefixed_size(header.value.size()) : 1);
  }
  return size;
}

char* detail::put_headers(char* at, std::span<const RecordHeader> headers) {
  at = put_varint(at, static_cast<std::int64_t>(headers.size()));
  for (const RecordHeader& header : headers) {
    at = put_bytes(at, header.key);
    at = header.has_value ? put_bytes(at, header.value) : put_varint(at, -1);
  }
  return at;
}

RecordBatchBuilder::RecordBatchBuilder(Buffer space)
    : space_(std::move(space)),
      at_(space_.data() + RecordBatchHeader::kSize),
      end_(space_.data() + space_.capacity()) {
  WEIR_CHECK(space_.capacity() > RecordBatchHeader::kSize, "a batch has a header");
}

void RecordBatchBuilder::append_tombstone(std::int64_t timestamp,
                                          std::optional<std::string_view> key,
                                          std::span<const RecordHeader> headers) {
  at_ = detail::put_headers(begin_record(timestamp, key, -1, headers), headers);
}

Result<Buffer> RecordBatchBuilder::seal(Compression compression, BufferPool& pool) && {
  WEIR_CHECK(count_ > 0, "an empty batch is never sent");
  const std::size_t batch_size = size();
  Buffer batch = std::move(space_);
  batch.set_size(batch_size);
  if (compression != Compression::kNone) {
    const std::string_view records = batch.view().substr(RecordBatchHeader::kSize);
    Buffer packed =
        pool.take(RecordBatchHeader::kSize + compressed_bound(compression, records.size()));
    const std::span<char> out(packed.data(), packed.capacity());
    WEIR_ASSIGN_OR_RETURN(const std::size_t packed_size,
                          compress(compression, records, out.subspan(RecordBatchHeader::kSize)));
    packed.set_size(RecordBatchHeader::kSize + packed_size);
    batch = std::move(packed);
  }
  write_header(batch.data(), batch.size(), compression);
  return batch;
}

void RecordBatchBuilder::write_header(char* batch, std::size_t size,
                                      Compression compression) const {
  namespace at = batch_layout;
  put_big_endian(batch + at::kBaseOffset, std::int64_t{0});  // the broker's to set
  put_big_endian(batch + at::kLength, static_cast<std::int32_t>(size - at::kLeaderEpoch));
  put_big_endian(batch + at::kLeaderEpoch, std::int32_t{-1});
  put_big_endian(batch + at::kMagic, std::int8_t{2});
  put_big_endian(batch + at::kCrc, std::uint32_t{0});
  put_big_endian(batch + at::kAttributes, static_cast<std::int16_t>(compression));
  put_big_endian(batch + at::kLastOffsetDelta, count_ - 1);
  put_big_endian(batch + at::kBaseTimestamp, base_timestamp_);
  put_big_endian(batch + at::kMaxTimestamp, max_timestamp_);
  put_big_endian(batch + at::kProducerId, std::int64_t{-1});
  put_big_endian(batch + at::kProducerEpoch, std::int16_t{-1});
  put_big_endian(batch + at::kBaseSequence, std::int32_t{-1});
  put_big_endian(batch + at::kRecordCount, count_);
}

void stamp(Buffer& batch, std::int64_t producer_id, std::int16_t producer_epoch,
           std::int32_t base_sequence) {
  namespace at = batch_layout;
  char* bytes = batch.data();
  put_big_endian(bytes + at::kProducerId, producer_id);
  put_big_endian(bytes + at::kProducerEpoch, producer_epoch);
  put_big_endian(bytes + at::kBaseSequence, base_sequence);
  put_big_endian(bytes + at::kCrc, crc32c(batch.view().substr(at::kAttributes)));
}

namespace {

void set_attribute(Buffer& batch, std::int16_t bits) {
  char* const at = batch.data() + batch_layout::kAttributes;
  const auto now = Reader(std::string_view(at, sizeof bits)).integer<std::int16_t>();
  put_big_endian(at, static_cast<std::int16_t>(now | bits));
}

}  // namespace

void set_transactional(Buffer& batch) {
  set_attribute(batch, RecordBatchHeader::kTransactionalBit);
}

Buffer build_end_marker(ControlType how, std::int64_t timestamp, BufferPool& pool,
                        std::int32_t coordinator_epoch) {
  Writer key;
  key.integer(std::int16_t{0});  // version
  key.integer(static_cast<std::int16_t>(how));
  Writer value;
  value.integer(std::int16_t{0});  // version
  value.integer(coordinator_epoch);
  const std::string key_bytes = key.joined(), value_bytes = value.joined();
  RecordBatchBuilder builder(pool.take(RecordBatchHeader::kSize + key_bytes.size() +
                                       value_bytes.size() +
                                       RecordBatchBuilder::kMaxRecordOverhead));
  value_bytes.copy(builder.append(timestamp, key_bytes, value_bytes.size()), value_bytes.size());
  Buffer batch = std::move(builder).seal(Compression::kNone, pool).value();
  set_attribute(batch, RecordBatchHeader::kTransactionalBit | RecordBatchHeader::kControlBit);
  return batch;
}

}  // namespace weir::wire
