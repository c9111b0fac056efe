#include "broker/timestamp_search.h"

#include <gmock/gmock.h>

#include "broker/testing/test_batch.h"
#include "wire/record_batch_filter.h"

namespace weir::broker {
namespace {

class TimestampSearch : public testing::Test {
 protected:
  void append(const TestBatch& batch) {
    const std::string bytes = encode(batch);
    ASSERT_TRUE(log.append(view_of(bytes), 0).ok());
  }
  std::optional<std::pair<std::int64_t, std::int64_t>> first_since(std::int64_t time) {
    const auto found = first_record_since(log, {time}).value();
    if (!found) return std::nullopt;
    return std::pair(found->offset.value, found->timestamp.millis);
  }

  BufferPool pool{0};
  PartitionLog log{pool};
};

TEST_F(TimestampSearch, FindsNothingInAnEmptyLog) {
  EXPECT_EQ(first_since(0), std::nullopt);
  EXPECT_EQ(newest_record(log).value().has_value(), false);
}

TEST_F(TimestampSearch, FindsTheFirstRecordAtOrBehindATime) {
  append({.values = {"a", "b", "c"}, .first_timestamp = 100});
  append({.values = {"d"}, .first_timestamp = 200});
  EXPECT_EQ(first_since(0), std::pair(0l, 100l));
  EXPECT_EQ(first_since(101), std::pair(1l, 101l));
  EXPECT_EQ(first_since(103), std::pair(3l, 200l));
  EXPECT_EQ(first_since(201), std::nullopt);
}

TEST_F(TimestampSearch, LooksOnlyAtWhatIsNotDeleted) {
  append({.values = {"a", "b", "c"}, .first_timestamp = 300});
  append({.values = {"d", "e", "f"}, .first_timestamp = 100});
  append({.values = {"g"}, .first_timestamp = 200});
  ASSERT_TRUE(log.advance_start({4}).ok());
  EXPECT_EQ(first_since(0), std::pair(4l, 101l));
  EXPECT_EQ(newest_record(log).value()->offset, Offset{6});
  ASSERT_TRUE(log.advance_start({6}).ok());
  EXPECT_EQ(first_since(101), std::pair(6l, 200l));
}

TEST_F(TimestampSearch, GoesOnBehindABatchWhoseRecordIsDeleted) {
  wire::RecordBatchBuilder builder(pool.take(1000));
  builder.append(300, std::nullopt, 0);
  builder.append(100, std::nullopt, 0);
  Buffer sealed = std::move(builder).seal(wire::Compression::kNone, pool).value();
  wire::stamp(sealed, -1, -1, -1);
  ASSERT_TRUE(log.append(view_of(sealed.view()), 0).ok());
  append({.first_timestamp = 200});
  EXPECT_EQ(first_since(150), std::pair(0l, 300l));
  ASSERT_TRUE(log.advance_start({1}).ok());
  EXPECT_EQ(first_since(150), std::pair(2l, 200l));
  EXPECT_EQ(first_since(201), std::nullopt);
}

TEST_F(TimestampSearch, LooksIntoCompressedBatches) {
  for (auto compression : {wire::Compression::kGzip, wire::Compression::kSnappy,
                           wire::Compression::kLz4, wire::Compression::kZstd}) {
    append({.values = {"a", "b"}, .first_timestamp = 100, .compression = compression});
  }
  EXPECT_EQ(first_since(101), std::pair(1l, 101l));
}

TEST_F(TimestampSearch, FindsThePlaceInALogOfManyChunks) {
  for (int i = 0; i < 30; ++i) {
    append({.values = {std::string(50'000, 'x')}, .first_timestamp = 10 * i});
  }
  EXPECT_EQ(first_since(205), std::pair(21l, 210l));
}

TEST_F(TimestampSearch, FindsTheNewestThoughTimesGoBack) {
  append({.values = {"a"}, .first_timestamp = 100});
  append({.values = {"b", "c"}, .first_timestamp = 300});
  append({.values = {"d"}, .first_timestamp = 200});
  const auto newest = newest_record(log).value();
  EXPECT_EQ(newest->offset, Offset{2});
  EXPECT_EQ(newest->timestamp, WallTime{301});
}

TEST_F(TimestampSearch, FailsOnRecordsThatAreMalformed) {
  std::string bytes = encode({.first_timestamp = 100});
  std::fill(bytes.begin() + wire::RecordBatchHeader::kSize, bytes.end(), '\xff');
  ASSERT_TRUE(log.append(view_of(bytes), 0).ok());
  EXPECT_EQ(first_record_since(log, {0}).error().code(), ErrorCode::kCorrupt);
}

TEST_F(TimestampSearch, PassesOverBatchesWithoutRecords) {
  append({.first_timestamp = 300});
  append({.first_timestamp = 400});
  append({.first_timestamp = 100});
  std::string compacted;
  wire::append_emptied(view_of(log.read({0}, 1).bytes), compacted);
  wire::append_emptied(view_of(log.read({1}, 1).bytes), compacted);
  log.set_rolling({.bytes = 1});
  append({.first_timestamp = 200});
  compacted.append(log.read({2}, 1).bytes);
  ASSERT_TRUE(log.replace({0}, {3}, compacted).value());
  EXPECT_EQ(first_since(0), std::pair(2l, 100l));
  EXPECT_EQ(first_since(150), std::pair(3l, 200l));
  EXPECT_EQ(first_since(250), std::nullopt);
  EXPECT_EQ(newest_record(log).value()->offset, Offset{3});
}

}  // namespace
}  // namespace weir::broker
