#include "wire/record_batch.h"

#include <gmock/gmock.h>

#include <random>

#include "wire/golden_file.h"
#include "wire/record_batch_builder.h"
#include "wire/writer.h"

namespace weir::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kLargestPayload = 64 << 20;

/// A record that owns its bytes.
struct TestRecord {
  std::int64_t timestamp = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  bool operator==(const TestRecord&) const = default;
};

void append(RecordBatchBuilder& builder, const TestRecord& record) {
  std::vector<RecordHeader> headers;
  for (const auto& [key, value] : record.headers) {
    headers.push_back({key, value.has_value(), value ? std::string_view(*value) : ""});
  }
  std::optional<std::string_view> key;
  if (record.key) key = *record.key;
  if (!record.value) return builder.append_tombstone(record.timestamp, key, headers);
  char* at = builder.append(record.timestamp, key, record.value->size(), headers);
  record.value->copy(at, record.value->size());
}

std::string build(const std::vector<TestRecord>& records, Compression compression) {
  BufferPool pool(1 << 20);
  RecordBatchBuilder builder(pool.take(1 << 20));
  for (const TestRecord& record : records) append(builder, record);
  Buffer batch = std::move(builder).seal(compression, pool).value();
  stamp(batch, 42, 7, 100);
  return std::string(batch.view());
}

TestRecord owned(const RecordView& record) {
  TestRecord copy{record.timestamp, {}, {}, {}};
  if (record.has_key) copy.key = record.key;
  if (record.has_value) copy.value = record.value;
  Reader reader(record.headers);
  for (int i = 0; i < record.header_count; ++i) {
    const RecordHeader header = read_record_header(reader);
    copy.headers.emplace_back(header.key, std::nullopt);
    if (header.has_value) copy.headers.back().second = header.value;
  }
  EXPECT_TRUE(reader.ok() && reader.remaining() == 0);
  return copy;
}

/// The one batch in `bytes`.
RecordBatchView only_batch(std::string_view bytes) {
  RecordBatchCursor cursor(bytes);
  const auto batch = cursor.next();
  EXPECT_TRUE(batch) << batch.error().message();
  EXPECT_TRUE(*batch);
  EXPECT_TRUE(cursor.rest().empty());
  return **batch;
}

/// Reads everything in `log` as a source would.
Result<std::vector<TestRecord>> read_all(std::string_view log) {
  std::vector<TestRecord> records;
  std::string scratch;
  RecordBatchCursor cursor(log);
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const auto batch, cursor.next());
    if (!batch) return records;
    WEIR_RETURN_IF_ERROR(verify_crc(*batch));
    WEIR_ASSIGN_OR_RETURN(const std::string_view payload,
                          decompressed_payload(*batch, scratch, kLargestPayload));
    WEIR_RETURN_IF_ERROR(for_each_record(batch->header, payload, [&](const RecordView& record) {
      records.push_back(owned(record));
    }));
  }
}

const std::vector<TestRecord> kSample = {
    {1000, "key", "value", {}},
    {900, std::nullopt, std::string(1000, 'x'), {{"h", "1"}, {"h", std::nullopt}}},
    {1'700'000'000'000, "", "", {{"", ""}}},
    {1001, "gone", std::nullopt, {}},
};

class InEveryCompression : public ::testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(, InEveryCompression,
                         ::testing::Values(Compression::kNone, Compression::kGzip,
                                           Compression::kSnappy, Compression::kLz4,
                                           Compression::kZstd),
                         [](const auto& tested) { return std::string(to_string(tested.param)); });

TEST_P(InEveryCompression, RecordsComeBackAsTheyWereAppended) {
  EXPECT_EQ(read_all(build(kSample, GetParam())).value(), kSample);
}

TEST_P(InEveryCompression, TheHeaderSaysWhatTheBatchHolds) {
  const std::string bytes = build(kSample, GetParam());
  const RecordBatchHeader header = only_batch(bytes).header;
  EXPECT_EQ(header.compression(), GetParam());
  EXPECT_EQ(header.record_count, 4);
  EXPECT_EQ(header.last_offset(), 3);
  EXPECT_EQ(header.base_timestamp, 1000);
  EXPECT_EQ(header.max_timestamp, 1'700'000'000'000);
  EXPECT_EQ(header.producer_id, 42);
  EXPECT_EQ(header.producer_epoch, 7);
  EXPECT_EQ(header.base_sequence, 100);
}

TEST_P(InEveryCompression, AChangedByteIsNoticedWhereverItIs) {
  const std::string bytes = build(kSample, GetParam());
  for (std::size_t i = 16; i < bytes.size(); ++i) {  // what is before may differ
    std::string changed = bytes;
    changed[i] ^= 0x10;
    EXPECT_FALSE(read_all(changed)) << i;
  }
}

TEST(RecordBatch, IsReadAsKafkaWritesItInEveryCompression) {
  int count = 0;
  for (std::istringstream& line : golden_lines(WEIR_WIRE_TESTDATA "/kafka_record_batches.txt")) {
    std::string compression, hex;
    line >> compression >> hex;
    SCOPED_TRACE(compression);
    const std::string bytes = from_hex(hex);
    const RecordBatchView batch = only_batch(bytes);
    EXPECT_EQ(to_string(batch.header.compression()), compression);
    EXPECT_EQ(batch.header.base_offset, 500);
    EXPECT_EQ(batch.header.producer_id, 4000);
    const std::size_t size = compression == "none" ? 100 : 40000;
    EXPECT_THAT(
        read_all(bytes).value(),
        ElementsAre(
            TestRecord{1000, "key", "value", {}},
            TestRecord{
                900, std::nullopt, std::string(size, 'x'), {{"h", "1"}, {"h", std::nullopt}}},
            TestRecord{1'700'000'000'000, "", "", {}}, TestRecord{1001, "gone", std::nullopt, {}}));
    ++count;
  }
  EXPECT_EQ(count, 5);
}

TEST(RecordBatch, StampingAgainReplacesIdentityAndChecksum) {
  BufferPool pool(1 << 20);
  RecordBatchBuilder builder(pool.take(1000));
  append(builder, {5, "k", "v", {}});
  Buffer batch = std::move(builder).seal(Compression::kNone, pool).value();
  stamp(batch, 1, 2, 3);
  stamp(batch, 4, 5, 6);
  const RecordBatchView view = only_batch(batch.view());
  EXPECT_TRUE(verify_crc(view));
  EXPECT_EQ(view.header.producer_id, 4);
}

TEST(RecordBatch, WithLogAppendTimeEveryRecordHasTheBatchsTime) {
  const std::string bytes = build({{10, "a", "b", {}}, {20, "c", "d", {}}}, Compression::kNone);
  RecordBatchView batch = only_batch(bytes);
  batch.header.attributes |= 8;
  batch.header.max_timestamp = 99;
  std::vector<std::int64_t> times;
  ASSERT_TRUE(for_each_record(batch.header, batch.payload(), [&](const RecordView& record) {
    times.push_back(record.timestamp);
  }));
  EXPECT_THAT(times, ElementsAre(99, 99));
}

TEST(RecordBatch, RecordsKnowTheirOffset) {
  const std::string bytes = build({{10, "a", "b", {}}, {20, "c", "d", {}}}, Compression::kNone);
  RecordBatchView batch = only_batch(bytes);
  batch.header.base_offset = 1000;
  std::vector<std::int64_t> offsets;
  ASSERT_TRUE(for_each_record(batch.header, batch.payload(),
                              [&](const RecordView& record) { offsets.push_back(record.offset); }));
  EXPECT_THAT(offsets, ElementsAre(1000, 1001));
}

TEST(RecordBatchCursor, WalksOverBatchesAndStopsWhereOneIsCutOff) {
  const std::string one = build(kSample, Compression::kNone);
  const std::string log = one + one + one;
  for (std::size_t size = 0; size <= log.size(); ++size) {
    const std::string cut = log.substr(0, size);
    RecordBatchCursor cursor(cut);
    std::size_t count = 0;
    while (cursor.next().value()) ++count;
    EXPECT_EQ(count, size / one.size());
    EXPECT_EQ(cursor.rest().size(), size % one.size());
  }
}

std::string error_of(std::string bytes, std::size_t at, std::string_view changed) {
  bytes.replace(at, changed.size(), changed);
  RecordBatchCursor cursor(bytes);
  return cursor.next().error().message();
}

TEST(RecordBatchCursor, RefusesWhatCannotBeABatch) {
  using namespace std::string_view_literals;
  const std::string bytes = build(kSample, Compression::kNone);
  EXPECT_THAT(error_of(bytes, 0, "\xff"), HasSubstr("base offset -"));
  EXPECT_THAT(error_of(bytes, 8, "\0\0\0\x30"sv), HasSubstr("offset 0 is malformed: length 48"));
  EXPECT_THAT(error_of(bytes, 8, "\xff\xff\xff\xff"), HasSubstr("length -1"));
  EXPECT_THAT(error_of(bytes, 16, "\1"), HasSubstr("record format 1"));
  EXPECT_THAT(error_of(bytes, 16, "\3"), HasSubstr("magic 3"));
  EXPECT_THAT(error_of(bytes, 21, "\0\5"sv), HasSubstr("attributes 5"));
  EXPECT_THAT(error_of(bytes, 23, "\xff"), HasSubstr("last offset delta -"));
  EXPECT_THAT(error_of(bytes, 57, "\0\0\0\5"sv), HasSubstr("record count 5"));
  EXPECT_THAT(error_of(bytes, 57, "\xff\xff\xff\xff"), HasSubstr("record count -1"));
}

TEST(RecordBatchCursor, RefusesMoreRecordsThanThePayloadCanHold) {
  std::string bytes = build(kSample, Compression::kNone);
  bytes.replace(23, 4, "\x7f\xff\xff\xfe");
  EXPECT_THAT(error_of(bytes, 57, "\x7f\xff\xff\xff"), HasSubstr("record count 2147483647"));
}

TEST(Records, AreRefusedWhenFewerOrMoreThanTheHeaderSays) {
  const std::string bytes = build(kSample, Compression::kNone);
  RecordBatchView batch = only_batch(bytes);
  for (std::int32_t count : {3, 5}) {
    batch.header.record_count = count;
    const auto result = for_each_record(batch.header, batch.payload(), [](const RecordView&) {});
    EXPECT_THAT(result.error().message(), HasSubstr("not " + std::to_string(count) + " records"));
  }
}

TEST(Records, AreRefusedWhenChangedAndNeverReadBeyondTheirBytes) {
  const std::string bytes = build(kSample, Compression::kNone);
  const RecordBatchView batch = only_batch(bytes);
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    std::string payload(batch.payload());
    payload[random() % payload.size()] = static_cast<char>(random());
    payload.resize(random() % 2 ? payload.size() : random() % payload.size());
    (void)for_each_record(batch.header, payload, [](const RecordView& record) {
      Reader reader(record.headers);
      for (int h = 0; h < record.header_count && reader.ok(); ++h) read_record_header(reader);
    });
  }
}

TEST(ControlRecords, SayWhetherTheTransactionWasCommitted) {
  RecordView record;
  record.key = std::string_view("\0\0\0\1", 4);
  EXPECT_EQ(control_type(record), ControlType::kCommit);
  record.key = std::string_view("\0\0\0\0", 4);
  EXPECT_EQ(control_type(record), ControlType::kAbort);
  record.key = std::string_view("\0\0\0\2", 4);
  EXPECT_EQ(control_type(record), std::nullopt);
  record.key = std::string_view("\0\0\0", 3);
  EXPECT_EQ(control_type(record), std::nullopt);
}

TEST(ControlRecords, SayWhichCoordinatorHadThemWritten) {
  BufferPool pool(1 << 20);
  const Buffer marker = build_end_marker(ControlType::kAbort, 1000, pool, 7);
  RecordBatchView batch = RecordBatchCursor(marker.view()).next().value().value();
  EXPECT_EQ(control_type(batch), ControlType::kAbort);
  EXPECT_EQ(coordinator_epoch(batch), 7);
  batch.bytes.remove_suffix(3);
  EXPECT_EQ(coordinator_epoch(batch), -1);
  batch.header.attributes = 0;
  EXPECT_EQ(coordinator_epoch(batch), -1) << "it is no control batch";
}

TEST(RecordBatchBuilderDeathTest, StopsAtARecordThatDoesNotFit) {
  BufferPool pool(1 << 20);
  RecordBatchBuilder builder(pool.take(4096));
  EXPECT_DEATH(builder.append(0, std::nullopt, builder.room()), "the record fits");
}

}  // namespace
}  // namespace weir::wire
