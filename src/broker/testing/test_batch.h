#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/record_batch_builder.h"

namespace weir::broker {

/// A record for a test; without a value it is a tombstone.
struct KeyedRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool operator==(const KeyedRecord&) const = default;
};

/// What a batch for a test holds.
struct TestBatch {
  std::vector<std::string> values = {"v"};
  std::int64_t first_timestamp = 1000;  ///< each record is a millisecond later than the last
  wire::Compression compression = wire::Compression::kNone;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  bool transactional = false;
  std::vector<KeyedRecord> records = {};  ///< in place of values, where there are any
};

/// Returns the batch as a producer sends it.
inline std::string encode(const TestBatch& batch) {
  BufferPool pool(0);
  std::vector<KeyedRecord> records = batch.records;
  if (records.empty()) {
    for (const std::string& value : batch.values) records.push_back({std::nullopt, value});
  }
  std::size_t size = wire::RecordBatchHeader::kSize;
  for (const auto& [key, value] : records) {
    size += key.value_or("").size() + value.value_or("").size() +
            wire::RecordBatchBuilder::kMaxRecordOverhead;
  }
  wire::RecordBatchBuilder builder(pool.take(size));
  std::int64_t later = 0;
  for (const auto& [key, value] : records) {
    const std::int64_t timestamp = batch.first_timestamp + later++;
    if (value) {
      value->copy(builder.append(timestamp, key, value->size()), value->size());
    } else {
      builder.append_tombstone(timestamp, key);
    }
  }
  Buffer sealed = std::move(builder).seal(batch.compression, pool).value();
  if (batch.transactional) wire::set_transactional(sealed);
  wire::stamp(sealed, batch.producer_id, batch.producer_epoch, batch.base_sequence);
  return std::string(sealed.view());
}

/// Returns the first batch in `bytes`.
inline wire::RecordBatchView view_of(std::string_view bytes) {
  return wire::RecordBatchCursor(bytes).next().value().value();
}

}  // namespace weir::broker
