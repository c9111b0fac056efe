#include "wire/compression.h"

#include <gmock/gmock.h>
#include <snappy-c.h>

#include <random>

namespace weir::wire {
namespace {

constexpr std::size_t kLimit = 64 << 20;

std::string compressed(Compression compression, std::string_view bytes) {
  std::string out(compressed_bound(compression, bytes.size()), '\0');
  out.resize(compress(compression, bytes, out).value());
  return out;
}

std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::mt19937 random(3);
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class EveryCompression : public ::testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(, EveryCompression,
                         ::testing::Values(Compression::kGzip, Compression::kSnappy,
                                           Compression::kLz4, Compression::kZstd),
                         [](const auto& tested) { return std::string(to_string(tested.param)); });

TEST_P(EveryCompression, GivesBackWhatWentIn) {
  std::string scratch;
  for (std::size_t size : {0, 1, 100, 32767, 32768, 32769, 65536, 70000, 300000}) {
    for (const std::string& bytes : {std::string(size, 'a'), noise(size)}) {
      const std::string packed = compressed(GetParam(), bytes);
      const auto back = decompress(GetParam(), packed, scratch, kLimit);
      ASSERT_TRUE(back) << back.error().message();
      EXPECT_EQ(*back, bytes) << size;
    }
  }
}

TEST_P(EveryCompression, RefusesToGoBeyondTheLimit) {
  const std::string packed = compressed(GetParam(), std::string(100000, 'a'));
  std::string scratch;
  EXPECT_EQ(decompress(GetParam(), packed, scratch, 99999).error().code(),
            ErrorCode::kResourceExhausted);
  EXPECT_LE(scratch.size(), 100001 + 32 * packed.size());
  EXPECT_TRUE(decompress(GetParam(), packed, scratch, 100000));
}

TEST_P(EveryCompression, RefusesBytesThatAreCutOrFollowedByOthers) {
  const std::string packed = compressed(GetParam(), noise(1000) + std::string(1000, 'a'));
  std::string scratch;
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const std::string cut = packed.substr(0, size);
    const auto result = decompress(GetParam(), cut, scratch, kLimit);
    // Where a block of a stream ends, the stream could end: that shows when records are missing.
    EXPECT_TRUE(!result || result->size() < 2000) << size;
  }
  EXPECT_FALSE(decompress(GetParam(), packed + "x", scratch, kLimit));
}

TEST_P(EveryCompression, SurvivesBytesThatWereChanged) {
  const std::string packed = compressed(GetParam(), noise(300) + std::string(3000, 'a'));
  std::string scratch;
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string changed = packed;
    changed[random() % changed.size()] = static_cast<char>(random());
    const auto result = decompress(GetParam(), changed, scratch, 100000);
    EXPECT_TRUE(!result || result->size() <= 100000);
    EXPECT_LE(scratch.size(), 100001 + 32 * packed.size());
  }
}

TEST(Snappy, IsReadWithoutTheBlocksOfJava) {
  const std::string bytes(50000, 'b');
  std::string packed(snappy_max_compressed_length(bytes.size()), '\0');
  std::size_t size = packed.size();
  ASSERT_EQ(snappy_compress(bytes.data(), bytes.size(), packed.data(), &size), SNAPPY_OK);
  packed.resize(size);
  std::string scratch;
  EXPECT_EQ(decompress(Compression::kSnappy, packed, scratch, kLimit).value(), bytes);
}

TEST(Snappy, AllocatesNothingForALengthThatLies) {
  std::string scratch;
  EXPECT_FALSE(decompress(Compression::kSnappy,
                          "\xff\xff\xff\xff\x0f"
                          "abc",
                          scratch, kLimit));
  EXPECT_EQ(scratch.size(), 0u);
}

TEST(Gzip, MayConsistOfSeveralStreams) {
  const std::string packed =
      compressed(Compression::kGzip, "one ") + compressed(Compression::kGzip, "two");
  std::string scratch;
  EXPECT_EQ(decompress(Compression::kGzip, packed, scratch, kLimit).value(), "one two");
}

}  // namespace
}  // namespace weir::wire
