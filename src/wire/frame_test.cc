#include "wire/frame.h"

#include <gmock/gmock.h>

#include <random>

#include "wire/messages/api_versions.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/produce.h"

namespace weir::wire {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr std::size_t kLargestFrame = 1 << 20;

std::string with_length(std::string_view frame) {
  Writer writer;
  writer.integer(static_cast<std::int32_t>(frame.size()));
  writer.bytes(frame);
  return writer.joined();
}

/// Feeds `bytes` in steps of at most `step` and returns the frames that come out.
std::vector<std::string> frames_of(std::string_view bytes, std::size_t step) {
  BufferPool pool(kLargestFrame);
  FrameReader reader(pool, kLargestFrame);
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    const std::span<char> space = reader.space();
    const std::size_t count = std::min({space.size(), bytes.size(), step});
    bytes.copy(space.data(), count);
    bytes.remove_prefix(count);
    reader.filled(count);
    for (auto frame = reader.next(); frame.value(); frame = reader.next()) {
      frames.emplace_back((*frame)->view());
    }
  }
  return frames;
}

TEST(FrameReader, CutsFramesOfEverySizeHoweverTheyArrive) {
  std::vector<std::string> frames;
  std::string bytes;
  for (std::size_t size : {0, 1, 5000, 8187, 8188, 8189, 8192, 0, 100000, 3, 8000, 8000, 20000}) {
    frames.push_back(std::string(size, static_cast<char>('a' + frames.size())));
    bytes += with_length(frames.back());
  }
  for (std::size_t step : {1, 2, 3, 7, 1000, 4096, 8191, 8192, 1 << 20}) {
    EXPECT_THAT(frames_of(bytes, step), ElementsAreArray(frames)) << "step " << step;
  }
}

TEST(FrameReader, SaysHowMuchALongFrameLacks) {
  BufferPool pool(kLargestFrame);
  FrameReader reader(pool, kLargestFrame);
  EXPECT_EQ(reader.missing(), 1u);
  const std::string bytes = with_length(std::string(50000, 'x'));
  bytes.copy(reader.space().data(), 8192);
  reader.filled(8192);
  ASSERT_FALSE(reader.next().value());
  EXPECT_EQ(reader.missing(), bytes.size() - 8192);
  reader.filled(bytes.size() - 8192);
  ASSERT_TRUE(reader.next().value());
  EXPECT_EQ(reader.missing(), 1u);
}

TEST(FrameReader, ReceivesALongFrameStraightIntoItsBuffer) {
  BufferPool pool(kLargestFrame);
  FrameReader reader(pool, kLargestFrame);
  const std::string bytes = with_length(std::string(50000, 'x'));
  bytes.copy(reader.space().data(), 8192);
  reader.filled(8192);
  ASSERT_FALSE(reader.next().value());
  const std::span<char> rest = reader.space();
  EXPECT_EQ(rest.size(), bytes.size() - 8192);
  bytes.copy(rest.data(), rest.size(), 8192);
  reader.filled(rest.size());
  const Buffer frame = *reader.next().value();
  EXPECT_EQ(frame.data() + 8192 - 4, rest.data());
}

TEST(FrameReader, RefusesALengthThatIsNegativeOrAboveTheLimit) {
  BufferPool pool(kLargestFrame);
  for (const std::string_view length : {"\xff\xff\xff\xff", "\x7f\xff\xff\xff"}) {
    FrameReader reader(pool, 1000);
    length.copy(reader.space().data(), 4);
    reader.filled(4);
    EXPECT_THAT(reader.next().error().message(), HasSubstr("at most 1000"));
    EXPECT_FALSE(reader.next());
  }
}

TEST(Frame, WritesARequestWithLengthAndHeader) {
  HeartbeatRequest request;
  request.group_id = "g";
  Writer writer;
  write_request(request, 0, 7, "me", writer);
  EXPECT_EQ(writer.joined(), std::string("\0\0\0\x15"
                                         "\0\x0c\0\0\0\0\0\7\0\2me"
                                         "\0\1g\0\0\0\0\0\0",
                                         25));
}

TEST(Frame, CountsReferencedRecordsIntoTheLength) {
  ProduceRequest request;
  request.topic_data.resize(1);
  request.topic_data[0].partition_data.resize(1);
  request.topic_data[0].partition_data[0].records.view = "0123456789";
  Writer writer;
  for (int i = 0; i < 2; ++i) write_request(request, 9, i, "me", writer);
  const std::string bytes = writer.joined();
  const std::size_t half = bytes.size() / 2;
  EXPECT_EQ(big_endian_at<std::int32_t>(bytes.data()), half - 4);
  EXPECT_EQ(big_endian_at<std::int32_t>(bytes.data() + half), half - 4);
}

TEST(Frame, ReadsBackAResponseInBothHeaderVersions) {
  HeartbeatResponse response;
  response.error_code = 27;
  for (std::int16_t version : {0, 4}) {
    Writer writer;
    write_response(response, version, 99, writer);
    const std::string frame = writer.joined().substr(4);
    EXPECT_EQ(read_response<HeartbeatResponse>(frame, version, 99).value(), response);
    EXPECT_THAT(read_response<HeartbeatResponse>(frame, version, 98).error().message(),
                HasSubstr("answers request 99 where 98 was due"));
  }
}

TEST(Frame, AnApiVersionsResponseNeverHasTaggedFieldsInItsHeader) {
  Writer writer;
  write_response(ApiVersionsResponse{}, 3, 1, writer);
  EXPECT_EQ(writer.joined(), std::string("\0\0\0\x0c\0\0\0\1\0\0\1\0\0\0\0\0", 16));
}

TEST(RequestHeader, IsReadToItsEndInBothVersions) {
  HeartbeatRequest request;
  request.group_id = "g";
  for (std::int16_t version : {0, 4}) {
    Writer writer;
    write_request(request, version, 7, "me", writer);
    const std::string frame = writer.joined().substr(4);
    Reader reader(frame);
    const auto header = read_request_header(reader);
    ASSERT_TRUE(header);
    EXPECT_EQ(*header, (RequestHeader{12, version, 7, {"me"}}));
    EXPECT_EQ(decode<HeartbeatRequest>(reader.rest(), version).value(), request);
  }
}

TEST(RequestHeader, SkipsTaggedFieldsItDoesNotKnow) {
  const std::string_view bytes("\0\x0c\0\4\0\0\0\7\xff\xff\2\0\1x\5\2yzrest", 22);
  Reader reader(bytes);
  EXPECT_TRUE(read_request_header(reader));
  EXPECT_EQ(reader.rest(), "rest");
}

TEST(RequestHeader, IsRefusedWhenCutAnywhere) {
  const std::string bytes("\0\x0c\0\4\0\0\0\7\0\2me\1\0\1x", 16);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    Reader reader(cut);
    EXPECT_FALSE(read_request_header(reader)) << size;
  }
}

}  // namespace
}  // namespace weir::wire
