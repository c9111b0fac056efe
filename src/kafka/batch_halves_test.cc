#include "kafka/batch_halves.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {
namespace {

using testing::ElementsAre;

/// Returns key, value, time and headers of each record of a batch.
std::vector<std::string> records_of(const Buffer& batch) {
  const auto view = *wire::RecordBatchCursor(batch.view()).next().value();
  std::string scratch;
  const std::string_view payload = wire::decompressed_payload(view, scratch, 1 << 20).value();
  std::vector<std::string> told;
  const auto read = wire::for_each_record(view.header, payload, [&](const wire::RecordView& one) {
    std::string text = concat(one.has_key ? one.key : "-", "=", one.has_value ? one.value : "-",
                              " at ", one.timestamp);
    wire::Reader reader(one.headers);
    for (int left = one.header_count; left > 0; --left) {
      const wire::RecordHeader header = wire::read_record_header(reader);
      text += concat(" ", header.key, ":", header.has_value ? header.value : "-");
    }
    told.push_back(text);
  });
  EXPECT_TRUE(read.ok());
  return told;
}

class BatchHalvesTest : public testing::TestWithParam<wire::Compression> {};

TEST_P(BatchHalvesTest, KeepAllThatRecordsHaveInOrder) {
  BufferPool pool(1 << 20);
  wire::RecordBatchBuilder builder(pool.take(1000));
  const std::vector<wire::RecordHeader> headers{{"h", true, "1"}, {"null", false, ""}};
  *builder.append(5000, std::nullopt, 1) = 'a';
  builder.append_tombstone(3, "gone");
  *builder.append(9000000000000, "key", 1, headers) = 'c';
  const Buffer whole = std::move(builder).seal(GetParam(), pool).value();
  const auto halves = halves_of(whole, pool).value();
  EXPECT_THAT(records_of(halves[0]), ElementsAre("-=a at 5000"));
  EXPECT_THAT(records_of(halves[1]),
              ElementsAre("gone=- at 3", "key=c at 9000000000000 h:1 null:-"));
  for (const Buffer& half : halves) {
    const auto view = *wire::RecordBatchCursor(half.view()).next().value();
    EXPECT_EQ(view.header.compression(), GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, BatchHalvesTest,
                         testing::Values(wire::Compression::kNone, wire::Compression::kGzip,
                                         wire::Compression::kSnappy, wire::Compression::kLz4,
                                         wire::Compression::kZstd));

}  // namespace
}  // namespace weir::kafka
