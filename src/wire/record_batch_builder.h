#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/check.h"
#include "weir/result.h"
#include "wire/record_batch.h"

namespace weir::wire {

/// Builds one batch in place, in memory given by the caller: first the records, then seal() once,
/// then stamp() each time before it is sent. Belongs to one thread.
class RecordBatchBuilder {
 public:
  /// `space` is where the batch grows, from its first byte to its capacity, which is more than
  /// RecordBatchHeader::kSize.
  explicit RecordBatchBuilder(Buffer space);

  /// An upper bound of what append() needs for a record besides its key, value and headers, and of
  /// what each header needs besides its key and value.
  static constexpr std::size_t kMaxRecordOverhead = 40;
  static constexpr std::size_t kMaxHeaderOverhead = 10;

  /// Adds a record and returns where the caller writes its `value_size` value bytes. The caller has
  /// seen to it that the record fits (room()) and that key and value are below 2 GiB.
  /// `timestamp` is in milliseconds.
  char* append(std::int64_t timestamp, std::optional<std::string_view> key, std::size_t value_size,
               std::span<const RecordHeader> headers = {});
  /// Adds a record with a null value.
  void append_tombstone(std::int64_t timestamp, std::optional<std::string_view> key,
                        std::span<const RecordHeader> headers = {});

  /// The batch's size so far, without compression.
  std::size_t size() const { return static_cast<std::size_t>(at_ - space_.data()); }
  /// How much still fits.
  std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }
  std::int32_t count() const { return count_; }

  /// Completes the header, compresses the records (into another buffer of `pool`, unless
  /// `compression` is kNone) and gives the batch away: offset 0, no producer, no checksum yet.
  /// There is at least one record.
  Result<Buffer> seal(Compression compression, BufferPool& pool) &&;

 private:
  /// Writes all of a record up to its value and returns where that goes; -1 is a null value.
  char* begin_record(std::int64_t timestamp, std::optional<std::string_view> key,
                     std::int64_t value_length, std::span<const RecordHeader> headers);
  void write_header(char* batch, std::size_t size, Compression compression) const;

  Buffer space_;
  char* at_;
  char* end_;
  std::int32_t count_ = 0;
  std::int64_t base_timestamp_ = 0;
  std::int64_t max_timestamp_ = 0;
};

/// Writes the producer's identity and the checksum into a sealed batch, in place of any before.
void stamp(Buffer& batch, std::int64_t producer_id, std::int16_t producer_epoch,
           std::int32_t base_sequence);

/// Says of a sealed batch that it belongs to its producer's transaction; comes before stamp().
void set_transactional(Buffer& batch);

/// Returns a control batch that ends its producer's transaction, without stamp(); its sequence is
/// -1. `timestamp` is in milliseconds.
Buffer build_end_marker(ControlType how, std::int64_t timestamp, BufferPool& pool,
                        std::int32_t coordinator_epoch = 0);

namespace detail {

inline std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::size_t varint_size(std::int64_t value) {
  // A seventh of the bits, rounded up; exact up to 64.
  return (static_cast<std::size_t>(std::bit_width(zigzag(value) | 1)) * 9 + 64) / 64;
}
/// These write at `at` and return where they ended. They take no `this`: what is written might be
/// its members, for all the compiler knows, and would make it load them again after each byte.
inline char* put_varint(char* at, std::int64_t value) {
  std::uint64_t bits = zigzag(value);
  for (; bits >= 0x80; bits >>= 7) *at++ = static_cast<char>(bits | 0x80);
  *at++ = static_cast<char>(bits);
  return at;
}
inline char* put_bytes(char* at, std::string_view bytes) {
  at = put_varint(at, static_cast<std::int64_t>(bytes.size()));
  return at + bytes.copy(at, bytes.size());
}
/// The size of bytes behind their length.
inline std::size_t prefixed_size(std::size_t size) {
  return varint_size(static_cast<std::int64_t>(size)) + size;
}
std::size_t headers_size(std::span<const RecordHeader> headers);
char* put_headers(char* at, std::span<const RecordHeader> headers);

}  // namespace detail

inline char* RecordBatchBuilder::begin_record(std::int64_t timestamp,
                                              std::optional<std::string_view> key,
                                              std::int64_t value_length,
                                              std::span<const RecordHeader> headers) {
  if (count_ == 0) base_timestamp_ = max_timestamp_ = timestamp;
  if (timestamp > max_timestamp_) max_timestamp_ = timestamp;
  const std::int64_t timestamp_delta = detail::wrapping_difference(timestamp, base_timestamp_);
  const std::size_t value_size =
      value_length < 0 ? 1 : detail::prefixed_size(static_cast<std::size_t>(value_length));
  const std::size_t length = 1 + detail::varint_size(timestamp_delta) +
                             detail::varint_size(count_) +
                             (key ? detail::prefixed_size(key->size()) : 1) + value_size +
                             (headers.empty() ? 1 : detail::headers_size(headers));
  WEIR_CHECK(length + 5 <= room(), "the caller has seen to it that the record fits");
  char* at = detail::put_varint(at_, static_cast<std::int64_t>(length));
  *at++ = 0;  // attributes
  at = detail::put_varint(at, timestamp_delta);
  at = detail::put_varint(at, count_++);
  at = key ? detail::put_bytes(at, *key) : detail::put_varint(at, -1);
  return detail::put_varint(at, value_length);
}

inline char* RecordBatchBuilder::append(std::int64_t timestamp, std::optional<std::string_view> key,
                                        std::size_t value_size,
                                        std::span<const RecordHeader> headers) {
  char* const value = begin_record(timestamp, key, static_cast<std::int64_t>(value_size), headers);
  char* const end = value + value_size;
  at_ = headers.empty() ? detail::put_varint(end, 0) : detail::put_headers(end, headers);
  return value;
}

}  // namespace weir::wire
