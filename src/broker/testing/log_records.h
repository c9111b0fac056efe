#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/partition_log.h"
#include "broker/testing/test_batch.h"

namespace weir::broker {

/// A record of a log, and where it lies.
using PlacedRecord = std::pair<std::int64_t, KeyedRecord>;

/// Adds the records of batches from an offset on, and expects the batches to be sound.
inline void add_records(std::string_view batches, std::int64_t from,
                        std::vector<PlacedRecord>& records) {
  std::string scratch;
  wire::RecordBatchCursor cursor(batches);
  while (const auto batch = cursor.next().value()) {
    EXPECT_TRUE(wire::verify_crc(*batch).ok());
    const auto payload = wire::decompressed_payload(*batch, scratch, 1 << 30).value();
    const auto read = wire::for_each_record(batch->header, payload, [&](const auto& record) {
      if (record.offset < from) return;
      KeyedRecord keyed;
      if (record.has_key) keyed.key = record.key;
      if (record.has_value) keyed.value = record.value;
      records.emplace_back(record.offset, keyed);
    });
    EXPECT_TRUE(read.ok());
  }
  EXPECT_EQ(cursor.rest(), "");
}

/// What a reader gets that begins at an offset. It must come to the end.
inline std::vector<PlacedRecord> records_from(const PartitionLog& log, Offset from) {
  std::vector<PlacedRecord> records;
  for (Offset at = from; at < log.end();) {
    const LogSlice slice = log.read(at, 10'000);
    add_records(slice.bytes, from.value, records);
    const Offset before = at;
    wire::RecordBatchCursor cursor(slice.bytes);
    while (const auto batch = cursor.next().value())
      at = Offset{batch->header.last_offset()}.next();
    EXPECT_GT(at, before) << "a reader is stuck";
    if (at <= before) break;
  }
  return records;
}

/// The newest value of each key; deleted ones are not there.
inline std::map<std::string, std::string> table_of(const std::vector<PlacedRecord>& records) {
  std::map<std::string, std::string> table;
  for (const auto& [offset, record] : records) {
    if (!record.key) continue;
    if (record.value) {
      table[*record.key] = *record.value;
    } else {
      table.erase(*record.key);
    }
  }
  return table;
}

}  // namespace weir::broker
