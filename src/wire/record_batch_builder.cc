#include "wire/record_batch_builder.h"

#include <utility>

#include "wire/crc32c.h"
#include "wire/writer.h"

namespace weir::wire {
namespace {

// Where the fields stand in a batch.
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;
constexpr std::size_t kProducerIdAt = 43;
constexpr std::size_t kProducerEpochAt = 51;
constexpr std::size_t kBaseSequenceAt = 53;

}  // namespace

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
  char* at = batch;
  const auto put = [&at](auto value) {
    put_big_endian(at, value);
    at += sizeof value;
  };
  put(std::int64_t{0});  // base offset: the broker's to set
  put(static_cast<std::int32_t>(size - kLengthAt - sizeof(std::int32_t)));
  put(std::int32_t{-1});  // leader epoch
  put(std::int8_t{2});    // magic
  put(std::uint32_t{0});  // checksum
  put(static_cast<std::int16_t>(compression));
  put(count_ - 1);
  put(base_timestamp_);
  put(max_timestamp_);
  put(std::int64_t{-1});  // producer id
  put(std::int16_t{-1});  // producer epoch
  put(std::int32_t{-1});  // base sequence
  put(count_);
}

void stamp(Buffer& batch, std::int64_t producer_id, std::int16_t producer_epoch,
           std::int32_t base_sequence) {
  char* bytes = batch.data();
  put_big_endian(bytes + kProducerIdAt, producer_id);
  put_big_endian(bytes + kProducerEpochAt, producer_epoch);
  put_big_endian(bytes + kBaseSequenceAt, base_sequence);
  put_big_endian(bytes + kCrcAt, crc32c(batch.view().substr(kAttributesAt)));
}

}  // namespace weir::wire
