#include "weir/byte_input.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Text = std::optional<std::string>;

/// Gives `bytes` in pieces of `piece`, then the end.
ByteInput input_of(std::string bytes, std::size_t piece, std::size_t most = 100) {
  return {[bytes = std::move(bytes), piece](std::span<char> space) mutable -> Result<std::size_t> {
            const std::size_t count = std::min(piece, bytes.size());
            std::copy_n(bytes.begin(), count, space.begin());
            bytes.erase(0, count);
            return count;
          },
          most};
}

std::vector<std::string> lines_of(ByteInput input) {
  std::vector<std::string> lines;
  for (Text line = *input.read_line(); line; line = *input.read_line()) lines.push_back(*line);
  return lines;
}

TEST(ByteInput, FindsTheSameLinesHoweverTheBytesCome) {
  for (std::size_t piece = 1; piece < 16; ++piece) {
    EXPECT_THAT(lines_of(input_of("one\n\ntwo\r\nthr\ree\nfo", piece)),
                ElementsAre("one", "", "two", "thr\ree", "fo"));
  }
}

TEST(ByteInput, NothingIsNoLine) {
  EXPECT_THAT(lines_of(input_of("", 1)), ElementsAre());
  EXPECT_THAT(lines_of(input_of("\n", 1)), ElementsAre(""));
}

TEST(ByteInput, ALineMayBeAsLongAsTheLimit) {
  EXPECT_EQ(input_of("12345\n", 2, 5).read_line().value(), "12345");
  for (const char* longer : {"123456\n", "123456"}) {
    ByteInput input = input_of(longer, 2, 5);
    const auto line = input.read_line();
    ASSERT_FALSE(line.ok());
    EXPECT_EQ(line.error().message(), "a line has more than the 5 bytes of .max_record_bytes");
  }
}

TEST(ByteInput, ReadsExactlySoManyBytes) {
  for (std::size_t piece = 1; piece < 6; ++piece) {
    ByteInput input = input_of("abcde", piece);
    EXPECT_EQ(input.read(2).value(), "ab");
    EXPECT_EQ(input.read(0).value(), "");
    EXPECT_EQ(input.read(3).value(), "cde");
    EXPECT_EQ(input.read(1).value(), Text());
  }
}

TEST(ByteInput, AnEndWithinARecordIsAnError) {
  ByteInput input = input_of("abc", 2);
  const auto record = input.read(4);
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().message(), "the end came within a record, after 3 of 4 bytes");
}

TEST(ByteInput, ARecordLongerThanTheLimitIsNotWaitedFor) {
  ByteInput input = input_of("", 1, 5);
  const auto record = input.read(6);
  ASSERT_FALSE(record.ok());
  EXPECT_THAT(record.error().message(), HasSubstr("6 bytes, more than the 5 of .max_record_bytes"));
}

TEST(ByteInput, AnErrorOfThePeerIsHandedOn) {
  ByteInput input([](std::span<char>) { return Error(ErrorCode::kUnavailable, "reset"); }, 100);
  EXPECT_EQ(input.read(1).error().message(), "reset");
  EXPECT_EQ(input.read_line().error().message(), "reset");
}

}  // namespace
}  // namespace weir
