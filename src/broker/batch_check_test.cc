#include "broker/batch_check.h"

#include <gmock/gmock.h>

#include "broker/testing/test_batch.h"
#include "wire/error_codes.h"
#include "wire/writer.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::HasSubstr;

constexpr BatchLimits kLimits{.largest = 1000};
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;
constexpr std::size_t kLastOffsetDeltaAt = 23;

/// A batch with other bytes at one place, and a checksum that is right for them.
template <class Int>
std::string altered(std::size_t at, Int value, const TestBatch& batch = {}) {
  std::string bytes = encode(batch);
  wire::put_big_endian(bytes.data() + at, value);
  Buffer buffer = BufferPool(0).take(bytes.size());
  bytes.copy(buffer.data(), bytes.size());
  buffer.set_size(bytes.size());
  wire::stamp(buffer, batch.producer_id, batch.producer_epoch, batch.base_sequence);
  return std::string(buffer.view());
}

std::int16_t code_of(std::string_view records, const BatchLimits& limits = kLimits) {
  const auto batch = only_batch(records);
  if (!batch.ok()) return batch.error().kafka_code();
  const auto checked = check_batch(*batch, limits);
  return checked.ok() ? std::int16_t{code::kNone} : checked.error().kafka_code();
}

TEST(CheckBatch, TakesWhatAProducerSends) {
  EXPECT_EQ(code_of(encode({})), code::kNone);
  EXPECT_EQ(code_of(encode({.compression = wire::Compression::kZstd})), code::kNone);
  EXPECT_EQ(code_of(encode({.producer_id = 1, .producer_epoch = 0, .base_sequence = 0})),
            code::kNone);
}

TEST(CheckBatch, RefusesWhatIsNoWholeBatch) {
  const std::string batch = encode({});
  EXPECT_EQ(code_of(""), code::kInvalidRecord);
  EXPECT_EQ(code_of(batch.substr(0, batch.size() - 1)), code::kInvalidRecord);
  EXPECT_EQ(code_of(std::string(200, '\xff')), code::kCorruptMessage);
  EXPECT_EQ(code_of(batch + batch), code::kInvalidRecord);
}

TEST(CheckBatch, RefusesABatchThatLiesOrWasDamaged) {
  std::string damaged = encode({});
  damaged.back() ^= 1;
  EXPECT_EQ(code_of(damaged), code::kCorruptMessage);
  std::string wrong_length = encode({});
  wire::put_big_endian(wrong_length.data() + kLengthAt, std::int32_t{-5});
  EXPECT_EQ(code_of(wrong_length), code::kCorruptMessage);
  std::string wrong_crc = encode({});
  wire::put_big_endian(wrong_crc.data() + kCrcAt, std::uint32_t{1});
  EXPECT_EQ(code_of(wrong_crc), code::kCorruptMessage);
  std::string old_magic = encode({});
  old_magic[kMagicAt] = 1;
  EXPECT_EQ(code_of(old_magic), code::kCorruptMessage);
  EXPECT_EQ(code_of(altered(kLastOffsetDeltaAt, std::int32_t{7})), code::kInvalidRecord);
}

TEST(CheckBatch, RefusesWhatOnlyBrokersWriteAndProducersThatAreNone) {
  EXPECT_EQ(code_of(altered(kAttributesAt, std::int16_t{0x20})), code::kInvalidRecord);
  EXPECT_EQ(code_of(altered(kAttributesAt, std::int16_t{0x10})), code::kInvalidRecord);
  EXPECT_EQ(code_of(altered(kAttributesAt, std::int16_t{5})), code::kCorruptMessage);
  EXPECT_EQ(code_of(encode({.producer_id = 1, .producer_epoch = 0})), code::kInvalidRecord);
}

TEST(CheckBatch, HoldsToTheLimitsOfTopicAndRequest) {
  EXPECT_EQ(code_of(encode({.values = {std::string(2000, 'x')}})), code::kMessageTooLarge);
  EXPECT_EQ(code_of(encode({.compression = wire::Compression::kZstd}),
                    {.largest = 1000, .zstd_allowed = false}),
            code::kUnsupportedCompressionType);
}

TEST(CheckBatch, SaysHowLargeABatchMayBe) {
  const std::string large = encode({.values = {std::string(2000, 'x')}});
  EXPECT_THAT(check_batch(view_of(large), kLimits).error().message(),
              HasSubstr("max.message.bytes is 1000"));
}

TEST(WithAppendTime, GivesAllRecordsTheTimeOfArrival) {
  const std::string stamped = with_append_time(view_of(encode({.values = {"a", "b"}})), {777});
  const auto batch = view_of(stamped);
  EXPECT_TRUE(wire::verify_crc(batch).ok());
  wire::Reader reader(batch.payload());
  EXPECT_EQ(wire::read_record(reader, batch.header).timestamp, 777);
  EXPECT_EQ(wire::read_record(reader, batch.header).timestamp, 777);
}

TEST(KeylessRecords, AreFoundByTheirPlaces) {
  for (const auto compression : {wire::Compression::kNone, wire::Compression::kGzip}) {
    const std::string bytes = encode(
        {.compression = compression,
         .records = {{"a", "1"}, {std::nullopt, "2"}, {"", "3"}, {std::nullopt, std::nullopt}}});
    EXPECT_EQ(keyless_records(view_of(bytes)).value(), (std::vector<std::int32_t>{1, 3}));
  }
}

TEST(KeylessRecords, AreNotLookedForInWhatIsNoBatch) {
  const std::string packed = altered(kAttributesAt, std::int16_t{1});
  EXPECT_EQ(keyless_records(view_of(packed)).error().kafka_code(), code::kCorruptMessage);
  std::string cut = encode({});
  cut[wire::RecordBatchHeader::kSize] = 100;
  EXPECT_EQ(keyless_records(view_of(cut)).error().kafka_code(), code::kCorruptMessage);
}

}  // namespace
}  // namespace weir::broker
