#include "wire/record_batch_filter.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "wire/crc32c.h"
#include "wire/record_batch_builder.h"
#include "wire/record_batch_layout.h"
#include "wire/writer.h"

namespace weir::wire {
namespace {

namespace at = batch_layout;

constexpr Compression kCodecs[] = {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                                   Compression::kLz4, Compression::kZstd};
constexpr std::int64_t kFirstOffset = 500;
constexpr std::int64_t kFirstTime = 1'700'000'000'000;

/// A record that has been read, with all that must stay.
struct ReadRecord {
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;
  std::string key;
  std::optional<std::string> value;
  std::string headers;
  bool operator==(const ReadRecord&) const = default;
};

void set_attributes(std::string& batch, std::int16_t attributes) {
  put_big_endian(batch.data() + at::kAttributes, attributes);
  put_big_endian(batch.data() + at::kCrc, crc32c(std::string_view(batch).substr(at::kAttributes)));
}

/// A batch of `count` records whose times go up and down; each third is a tombstone.
std::string batch_of(int count, Compression compression) {
  BufferPool pool(0);
  RecordBatchBuilder builder(pool.take(1 << 20));
  for (int i = 0; i < count; ++i) {
    const std::string key = "key" + std::to_string(i);
    const std::int64_t time = kFirstTime + (i * 7919) % 1000;
    const RecordHeader header{"h", true, key};
    if (i % 3 == 2) {
      builder.append_tombstone(time, key, {&header, 1});
    } else {
      const std::string value(static_cast<std::size_t>(i % 200), 'v');
      value.copy(builder.append(time, key, value.size(), {&header, 1}), value.size());
    }
  }
  Buffer sealed = std::move(builder).seal(compression, pool).value();
  stamp(sealed, 42, 7, 100);
  std::string bytes(sealed.view());
  put_big_endian(bytes.data() + at::kBaseOffset, kFirstOffset);
  put_big_endian(bytes.data() + at::kLeaderEpoch, std::int32_t{9});
  return bytes;
}

RecordBatchView view_of(std::string_view bytes) {
  RecordBatchCursor cursor(bytes);
  const auto batch = cursor.next().value().value();
  EXPECT_EQ(cursor.rest(), "");
  EXPECT_TRUE(verify_crc(batch).ok());
  return batch;
}

std::string payload_of(const RecordBatchView& batch) {
  std::string scratch;
  return std::string(decompressed_payload(batch, scratch, 1 << 24).value());
}

std::vector<ReadRecord> records_of(std::string_view bytes) {
  const RecordBatchView batch = view_of(bytes);
  std::vector<ReadRecord> records;
  const auto read = for_each_record(batch.header, payload_of(batch), [&](const RecordView& record) {
    records.push_back({record.offset, record.timestamp, std::string(record.key),
                       record.has_value ? std::optional(std::string(record.value)) : std::nullopt,
                       std::string(record.headers)});
  });
  EXPECT_TRUE(read.ok());
  return records;
}

std::string filtered(const std::string& bytes, const std::vector<bool>& stays,
                     std::optional<std::int64_t> delete_horizon = std::nullopt) {
  const RecordBatchView batch = view_of(bytes);
  std::string out = "before";
  EXPECT_TRUE(append_filtered(batch, payload_of(batch), stays, delete_horizon, out).ok());
  EXPECT_TRUE(out.starts_with("before"));
  return out.substr(6);
}

std::vector<ReadRecord> expected(const std::string& bytes, const std::vector<bool>& stays) {
  std::vector<ReadRecord> all = records_of(bytes);
  std::vector<ReadRecord> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (stays[i]) kept.push_back(all[i]);
  }
  return kept;
}

void expect_same_batch(const RecordBatchHeader& now, const RecordBatchHeader& before) {
  EXPECT_EQ(now.base_offset, before.base_offset);
  EXPECT_EQ(now.last_offset(), before.last_offset());
  EXPECT_EQ(now.leader_epoch, before.leader_epoch);
  EXPECT_EQ(now.producer_id, before.producer_id);
  EXPECT_EQ(now.producer_epoch, before.producer_epoch);
  EXPECT_EQ(now.base_sequence, before.base_sequence);
}

TEST(RecordBatchFilter, KeepsSomeRecordsAsTheyWere) {
  std::mt19937 random(11);
  for (const Compression compression : kCodecs) {
    for (const std::optional<std::int64_t> horizon :
         {std::optional<std::int64_t>(), {kFirstTime}}) {
      const int count = 1 + static_cast<int>(random() % 300);
      const std::string bytes = batch_of(count, compression);
      std::vector<bool> stays(static_cast<std::size_t>(count));
      for (std::size_t i = 0; i < stays.size(); ++i) stays[i] = random() % 3 == 0;
      stays[random() % stays.size()] = true;
      const std::string out = filtered(bytes, stays, horizon);
      EXPECT_EQ(records_of(out), expected(bytes, stays));
      expect_same_batch(view_of(out).header, view_of(bytes).header);
      EXPECT_EQ(view_of(out).header.compression(), compression);
    }
  }
}

TEST(RecordBatchFilter, TellsTheNewestTimeOfWhatStays) {
  const std::string bytes = batch_of(3, Compression::kNone);  // at 0, 919 and 838 ms
  EXPECT_EQ(view_of(filtered(bytes, {true, false, true})).header.max_timestamp, kFirstTime + 838);
  EXPECT_EQ(view_of(filtered(bytes, {true, false, false})).header.max_timestamp, kFirstTime);
}

TEST(RecordBatchFilter, SetsAndKeepsTheDeleteHorizon) {
  const std::string bytes = batch_of(4, Compression::kNone);
  EXPECT_FALSE(view_of(bytes).header.has_delete_horizon());
  const std::string with_horizon = filtered(bytes, {true, true, true, true}, 123'456);
  EXPECT_TRUE(view_of(with_horizon).header.has_delete_horizon());
  EXPECT_EQ(view_of(with_horizon).header.base_timestamp, 123'456);
  const std::string again = filtered(with_horizon, {false, true, true, false});
  EXPECT_EQ(view_of(again).header.base_timestamp, 123'456);
  EXPECT_TRUE(view_of(again).header.has_delete_horizon());
  EXPECT_EQ(records_of(again), expected(bytes, {false, true, true, false}));
}

TEST(RecordBatchFilter, KeepsTheTimeOfArrival) {
  std::string bytes = batch_of(4, Compression::kNone);
  set_attributes(bytes, 8);
  const std::string out = filtered(bytes, {true, false, false, true}, 5);
  EXPECT_EQ(view_of(out).header.max_timestamp, view_of(bytes).header.max_timestamp);
  EXPECT_EQ(records_of(out), expected(bytes, {true, false, false, true}));
}

TEST(RecordBatchFilter, TakesTimesOfAnySize) {
  std::string bytes = batch_of(3, Compression::kNone);
  put_big_endian(bytes.data() + at::kBaseTimestamp, std::numeric_limits<std::int64_t>::min());
  set_attributes(bytes, 0);
  const std::string out =
      filtered(bytes, {true, true, true}, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(records_of(out), records_of(bytes));
}

TEST(RecordBatchFilter, LeavesAHeaderOfAnEmptiedBatch) {
  for (const Compression compression : kCodecs) {
    const std::string bytes = batch_of(50, compression);
    std::string out;
    append_emptied(view_of(bytes), out);
    EXPECT_EQ(out.size(), RecordBatchHeader::kSize);
    const RecordBatchHeader header = view_of(out).header;
    expect_same_batch(header, view_of(bytes).header);
    EXPECT_EQ(header.max_timestamp, view_of(bytes).header.max_timestamp);
    EXPECT_EQ(header.record_count, 0);
    EXPECT_EQ(records_of(out), std::vector<ReadRecord>());
    std::string again;
    append_emptied(view_of(out), again);
    EXPECT_EQ(again, out);
  }
}

}  // namespace
}  // namespace weir::wire
