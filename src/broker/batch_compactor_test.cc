#include "broker/batch_compactor.h"

#include <gmock/gmock.h>

#include <limits>

#include "broker/testing/log_records.h"
#include "broker/testing/test_batch.h"
#include "wire/crc32c.h"
#include "wire/record_batch_layout.h"
#include "wire/writer.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;

constexpr WallTime kNow{1'000'000};
constexpr std::int64_t kTombstonesStay = 500;

std::string at_offset(std::int64_t base, const TestBatch& batch) {
  std::string bytes = encode(batch);
  wire::put_big_endian(bytes.data() + wire::batch_layout::kBaseOffset, base);
  return bytes;
}

/// What a compaction makes of batches all of which it has noted.
std::string compacted(const std::vector<std::string>& batches, bool keep_empty = false,
                      WallTime now = kNow) {
  BatchCompactor compactor(now, kTombstonesStay, 1 << 20);
  for (const std::string& batch : batches) compactor.note_keys(view_of(batch));
  std::string out;
  for (const std::string& batch : batches) {
    EXPECT_TRUE(compactor.compact(view_of(batch), keep_empty, out).ok());
  }
  return out;
}

std::vector<PlacedRecord> placed_records(const std::string& batches) {
  std::vector<PlacedRecord> records;
  add_records(batches, 0, records);
  return records;
}

PlacedRecord placed(std::int64_t offset, std::string key, std::string value) {
  return {offset, {std::move(key), std::move(value)}};
}

TEST(BatchCompactor, KeepsTheNewestOfEachKeyWithEveryCodec) {
  for (int codec = 0; codec <= 4; ++codec) {
    const auto compression = static_cast<wire::Compression>(codec);
    const std::string first = at_offset(
        10, {.compression = compression, .records = {{"a", "1"}, {"b", "2"}, {"a", "3"}}});
    const std::string second =
        at_offset(13, {.compression = compression, .records = {{"c", "4"}, {"b", "5"}}});
    const std::string out = compacted({first, second});
    EXPECT_THAT(placed_records(out),
                ElementsAre(placed(12, "a", "3"), placed(13, "c", "4"), placed(14, "b", "5")));
    EXPECT_EQ(view_of(out).header.base_offset, 10);
    EXPECT_EQ(view_of(out).header.last_offset(), 12);
    EXPECT_EQ(view_of(out).header.compression(), compression);
    EXPECT_TRUE(out.ends_with(second)) << "a batch all of which stays is not written anew";
  }
}

TEST(BatchCompactor, DropsRecordsWithoutAKey) {
  const std::string batch = at_offset(0, {.records = {{std::nullopt, "1"}, {"", "2"}}});
  EXPECT_THAT(placed_records(compacted({batch})), ElementsAre(placed(1, "", "2")));
}

TEST(BatchCompactor, LeavesABatchOfWhichNothingStaysOutOrEmpty) {
  const std::string old = at_offset(0, {.producer_id = 7,
                                        .producer_epoch = 1,
                                        .base_sequence = 3,
                                        .records = {{"a", "1"}, {"b", "1"}}});
  const std::string newer = at_offset(2, {.records = {{"b", "2"}, {"a", "2"}}});
  EXPECT_EQ(compacted({old, newer}), newer);
  const std::string out = compacted({old, newer}, true);
  const auto emptied = view_of(out).header;
  EXPECT_EQ(emptied.record_count, 0);
  EXPECT_EQ(emptied.last_offset(), 1);
  EXPECT_EQ(emptied.producer_id, 7);
  EXPECT_EQ(emptied.base_sequence, 3);
  const std::string empty = out.substr(0, wire::RecordBatchHeader::kSize);
  EXPECT_EQ(compacted({empty, newer}, true), out);
  EXPECT_EQ(compacted({empty, newer}), newer);
}

TEST(BatchCompactor, KeepsATombstoneUntilItsTimeIsOver) {
  const std::string batch =
      at_offset(0, {.records = {{"a", "1"}, {"b", "1"}, {"a", std::nullopt}}});
  const std::string seen = compacted({batch});
  const PlacedRecord tombstone{2, {"a", std::nullopt}};
  EXPECT_THAT(placed_records(seen), ElementsAre(placed(1, "b", "1"), tombstone));
  EXPECT_EQ(view_of(seen).header.base_timestamp, kNow.millis + kTombstonesStay);
  EXPECT_EQ(compacted({seen}, false, {kNow.millis + kTombstonesStay - 1}), seen);
  const std::string gone = compacted({seen}, false, {kNow.millis + kTombstonesStay});
  EXPECT_THAT(placed_records(gone), ElementsAre(placed(1, "b", "1")));
}

TEST(BatchCompactor, DropsATombstoneThatHasBeenFollowed) {
  const std::string batch = at_offset(0, {.records = {{"a", std::nullopt}, {"a", "1"}}});
  const std::string out = compacted({batch});
  EXPECT_THAT(placed_records(out), ElementsAre(placed(1, "a", "1")));
  EXPECT_FALSE(view_of(out).header.has_delete_horizon());
}

TEST(BatchCompactor, KeepsTimesWhenTombstonesGetTheirs) {
  const std::string batch =
      at_offset(0, {.first_timestamp = 777, .records = {{"a", "1"}, {"b", std::nullopt}}});
  const std::string out = compacted({batch});
  std::vector<std::int64_t> times;
  const auto read = wire::for_each_record(view_of(out).header, view_of(out).payload(),
                                          [&](const auto& r) { times.push_back(r.timestamp); });
  EXPECT_TRUE(read.ok());
  EXPECT_THAT(times, ElementsAre(777, 778));
}

TEST(BatchCompactor, LetsTombstonesStayForEver) {
  BatchCompactor compactor(kNow, std::numeric_limits<std::int64_t>::max(), 1 << 20);
  const std::string batch = at_offset(0, {.records = {{"a", std::nullopt}}});
  compactor.note_keys(view_of(batch));
  std::string out;
  ASSERT_TRUE(compactor.compact(view_of(batch), false, out).ok());
  EXPECT_EQ(view_of(out).header.base_timestamp, std::numeric_limits<std::int64_t>::max());
}

TEST(BatchCompactor, LeavesWhatItCannotReadAsItIs) {
  const std::string good = at_offset(0, {.records = {{"a", "1"}}});
  std::string bad = at_offset(1, {.records = {{"a", "2"}}});
  bad[wire::batch_layout::kRecords] = 50;  // a record longer than its batch
  wire::put_big_endian(bad.data() + wire::batch_layout::kCrc,
                       wire::crc32c(std::string_view(bad).substr(wire::batch_layout::kAttributes)));
  std::string packed = bad;
  wire::put_big_endian(packed.data() + wire::batch_layout::kAttributes, std::int16_t{1});
  EXPECT_EQ(compacted({good, bad}), good + bad);
  EXPECT_EQ(compacted({good, packed}), good + packed);
}

TEST(BatchCompactor, TellsHowMuchItHadToRead) {
  BatchCompactor compactor(kNow, 0, 1 << 20);
  const std::string batch = at_offset(
      0, {.compression = wire::Compression::kGzip, .records = {{"a", std::string(100'000, 'x')}}});
  EXPECT_LT(batch.size(), 10'000u);
  EXPECT_GT(compactor.note_keys(view_of(batch)), 100'000u);
  std::string out;
  EXPECT_GT(compactor.compact(view_of(batch), false, out).value(), 100'000u);
}

}  // namespace
}  // namespace weir::broker
