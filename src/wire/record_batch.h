#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "weir/result.h"
#include "wire/reader.h"

/// Kafka's record batches, magic 2: the unit on the wire and in the log.
namespace weir::wire {

enum class Compression : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

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
  bool transactional() const { return (attributes & 0x10) != 0; }
  bool control() const { return (attributes & 0x20) != 0; }
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
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Fails when the batch's bytes do not match its CRC32C.
Result<void> verify_crc(const RecordBatchView& batch);

/// Returns the batch's records as plain bytes: its payload itself, or the payload decompressed into
/// `scratch`. Refuses to grow beyond `limit` bytes.
Result<std::string_view> decompressed_payload(const RecordBatchView& batch, std::string& scratch,
                                              std::size_t limit);

/// Reads one record from `reader`, which stands in a decompressed payload. On malformed bytes the
/// reader has failed. Inline: the hot path of every source.
RecordView read_record(Reader& reader, const RecordBatchHeader& header);

/// Reads the next of a record's headers; `reader` stands in RecordView::headers.
RecordHeader read_record_header(Reader& reader);

/// Builds one batch in place, in memory given by the caller. First the records, then seal() once,
/// then stamp() each time before it is sent.
class RecordBatchBuilder {
 public:
  /// `space` is where the batch grows, from its first byte to its capacity.
  explicit RecordBatchBuilder(Buffer space);

  /// An upper bound of what append() would need for a record, without its key, value and headers.
  static constexpr std::size_t kMaxRecordOverhead = 40;

  /// Adds a record and returns where the caller writes its `value_size` value bytes. The caller has
  /// checked that it fits: kMaxRecordOverhead + key + value + headers (each header: sizes + 20).
  char* append(std::int64_t timestamp, std::optional<std::string_view> key, std::size_t value_size,
               std::span<const RecordHeader> headers = {});
  /// Adds a record with a null value.
  void append_tombstone(std::int64_t timestamp, std::optional<std::string_view> key,
                        std::span<const RecordHeader> headers = {});

  std::size_t size() const;
  std::size_t capacity() const;
  std::int32_t count() const;

  /// Completes header and compression (into another buffer of `pool` if it is not kNone) and gives
  /// the batch away; base offset 0, no producer id, checksum not yet set.
  Result<Buffer> seal(Compression compression, BufferPool& pool) &&;
};

/// Writes the producer's identity and the checksum into a sealed batch.
void stamp(Buffer& batch, std::int64_t producer_id, std::int16_t producer_epoch,
           std::int32_t base_sequence);

}  // namespace weir::wire
