#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/result.h"
#include "wire/compression.h"
#include "wire/reader.h"

/// Kafka's record batches, magic 2: the unit on the wire and in the log.
namespace weir::wire {

/// A batch header's 61 bytes and where the batch lies. A view: the bytes must stay.
/// base_offset .. crc are not covered by the checksum; attributes and all behind them are.
struct RecordBatchHeader {
  static constexpr std::size_t kSize = 61;
  std::int64_t base_offset = 0;
  std::int32_t length = 0;  ///< bytes behind this field: the batch is 12 + length bytes
  std::int32_t leader_epoch = -1;
  std::int8_t magic = 2;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  std::int64_t base_timestamp = 0;
  std::int64_t max_timestamp = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;

  Compression compression() const { return static_cast<Compression>(attributes & 7); }
  bool log_append_time() const { return (attributes & 8) != 0; }
  static constexpr std::int16_t kTransactionalBit = 0x10;
  static constexpr std::int16_t kControlBit = 0x20;
  bool transactional() const { return (attributes & kTransactionalBit) != 0; }
  bool control() const { return (attributes & kControlBit) != 0; }
  /// Whether base_timestamp is the time, in milliseconds, from which on a compaction may drop the
  /// batch's tombstones. Records count their time from it as from any other.
  bool has_delete_horizon() const { return (attributes & 0x40) != 0; }
  std::int64_t last_offset() const { return base_offset + last_offset_delta; }
};

/// One whole batch found in a buffer: its parsed header and its bytes.
struct RecordBatchView {
  RecordBatchHeader header;
  std::string_view bytes;  ///< the whole batch, 12 + length bytes
  std::string_view payload() const { return bytes.substr(RecordBatchHeader::kSize); }
};

/// One record, all of it views into its batch (or into the scratch buffer of a compressed one).
struct RecordView {
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;  ///< milliseconds; the batch's max timestamp under LogAppendTime
  bool has_key = false;
  bool has_value = false;  ///< false is a null value: a tombstone
  std::string_view key;
  std::string_view value;
  std::string_view headers;  ///< header_count encoded headers, see RecordHeaders
  std::int32_t header_count = 0;
};

/// One header of a record.
struct RecordHeader {
  std::string_view key;
  bool has_value = false;
  std::string_view value;
};

/// Walks over the batches in a fetched or stored piece of log.
class RecordBatchCursor {
 public:
  explicit RecordBatchCursor(std::string_view log) : rest_(log) {}
  /// Returns the next whole batch; nothing at the end, or where the last batch is cut off (as Fetch
  /// allows). Fails on a batch that cannot be one: a length or count that lies, a magic below 2.
  Result<std::optional<RecordBatchView>> next();
  /// What lies behind the batches returned so far.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Fails when the batch's bytes do not match its CRC32C.
Result<void> verify_crc(const RecordBatchView& batch);

/// Returns the batch's records as plain bytes: its payload itself, or the payload decompressed into
/// `scratch`, which only ever grows. Refuses to go beyond `limit` bytes.
Result<std::string_view> decompressed_payload(const RecordBatchView& batch, std::string& scratch,
                                              std::size_t limit);

/// Reads one record from `reader`, which stands in a decompressed payload. On malformed bytes the
/// reader has failed; malformed headers show when they are read. The hot path of every source.
inline RecordView read_record(Reader& reader, const RecordBatchHeader& header);

/// Reads the next of a record's headers; `reader` stands in RecordView::headers.
RecordHeader read_record_header(Reader& reader);

/// Calls `visit(const RecordView&)` for each of a batch's records; `payload` is decompressed. Fails
/// where they are malformed or more or fewer than the header says, after those before were visited.
template <class Visit>
Result<void> for_each_record(const RecordBatchHeader& header, std::string_view payload,
                             Visit&& visit);

/// What a control batch's record says of its producer's transaction.
enum class ControlType : std::int16_t { kAbort = 0, kCommit = 1 };

/// Returns the type of a control batch's record; nothing for one we do not know.
std::optional<ControlType> control_type(const RecordView& record);
/// Returns the type of a whole batch's record; nothing for one that is no control batch either.
std::optional<ControlType> control_type(const RecordBatchView& batch);
/// Returns the epoch of the coordinator that had a control batch written; -1 where it says none.
std::int32_t coordinator_epoch(const RecordBatchView& batch);

namespace detail {

Error malformed_records(const RecordBatchHeader& header);

/// Reads bytes behind their length; sets `present` to false where the length says null.
inline std::string_view read_nullable_bytes(Reader& reader, bool& present) {
  const std::int64_t size = reader.varint();
  present = size >= 0;
  if (size > 0) return reader.bytes(static_cast<std::uint64_t>(size));
  if (size < -1) reader.fail();
  return {};
}

/// Arithmetic on values that may be hostile: they wrap.
inline std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
inline std::int64_t wrapping_difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace detail

inline RecordView read_record(Reader& reader, const RecordBatchHeader& header) {
  // A negative length is, as unsigned, more than can be there.
  Reader body(reader.bytes(static_cast<std::uint64_t>(reader.varint())));
  body.integer<std::int8_t>();  // attributes: none is defined
  RecordView record;            // the only thing returned, so that it is never copied
  const std::int64_t timestamp_delta = body.varint();
  record.timestamp = header.log_append_time()
                         ? header.max_timestamp
                         : detail::wrapping_add(header.base_timestamp, timestamp_delta);
  record.offset = detail::wrapping_add(header.base_offset, body.varint());
  record.key = detail::read_nullable_bytes(body, record.has_key);
  record.value = detail::read_nullable_bytes(body, record.has_value);
  const std::int64_t header_count = body.varint();
  record.header_count = static_cast<std::int32_t>(header_count);
  record.headers = body.rest();
  // A header takes two bytes at least.
  const bool counted = header_count >= 0 &&
                       static_cast<std::uint64_t>(header_count) <= record.headers.size() / 2 &&
                       (header_count > 0 || record.headers.empty());
  if (!body.ok() || !counted) [[unlikely]]
    reader.fail();
  return record;
}

template <class Visit>
Result<void> for_each_record(const RecordBatchHeader& header, std::string_view payload,
                             Visit&& visit) {
  Reader reader(payload);
  for (std::int32_t left = header.record_count; left > 0; --left) {
    const RecordView record = read_record(reader, header);
    if (!reader.ok()) return detail::malformed_records(header);
    visit(record);
  }
  if (reader.remaining() > 0) return detail::malformed_records(header);
  return {};
}

}  // namespace weir::wire
