#include "wire/frame.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace weir::wire {
namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kShortFrames = 8192;

}  // namespace

FrameReader::FrameReader(BufferPool& pool, std::size_t max_frame_size)
    : pool_(pool),
      max_frame_size_(max_frame_size),
      short_frames_(std::make_unique_for_overwrite<char[]>(kShortFrames)) {}

std::span<char> FrameReader::space() {
  if (long_frame_) {
    return {long_frame_.data() + long_frame_.size(), long_frame_size_ - long_frame_.size()};
  }
  return {short_frames_.get() + end_, kShortFrames - end_};
}

void FrameReader::filled(std::size_t count) {
  if (long_frame_) return long_frame_.set_size(long_frame_.size() + count);
  end_ += count;
}

Result<std::optional<Buffer>> FrameReader::next() {
  if (long_frame_) return take_long_frame();
  if (end_ - begin_ < kLengthSize) return wait_for_more();
  const auto length = big_endian_at<std::int32_t>(short_frames_.get() + begin_);
  if (length < 0 || static_cast<std::size_t>(length) > max_frame_size_) {
    return Error(ErrorCode::kCorrupt, concat("a frame claims a length of ", length,
                                             " bytes; at most ", max_frame_size_, " are accepted"));
  }
  return take_short_frame(static_cast<std::size_t>(length));
}

std::optional<Buffer> FrameReader::take_long_frame() {
  if (long_frame_.size() < long_frame_size_) return std::nullopt;
  return std::exchange(long_frame_, Buffer());
}

std::optional<Buffer> FrameReader::take_short_frame(std::size_t length) {
  if (kLengthSize + length > kShortFrames) return begin_long_frame(length);
  if (end_ - begin_ < kLengthSize + length) return wait_for_more();
  Buffer frame = pool_.take(length);
  std::memcpy(frame.data(), short_frames_.get() + begin_ + kLengthSize, length);
  frame.set_size(length);
  begin_ += kLengthSize + length;
  return frame;
}

std::optional<Buffer> FrameReader::begin_long_frame(std::size_t length) {
  long_frame_ = pool_.take(length);
  long_frame_size_ = length;
  const std::size_t received = end_ - begin_ - kLengthSize;
  std::memcpy(long_frame_.data(), short_frames_.get() + begin_ + kLengthSize, received);
  long_frame_.set_size(received);
  begin_ = end_ = 0;
  return std::nullopt;
}

std::optional<Buffer> FrameReader::wait_for_more() {
  std::memmove(short_frames_.get(), short_frames_.get() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  return std::nullopt;
}

Result<void> check_response_header(Reader& frame, std::int16_t header_version,
                                   std::int32_t correlation_id) {
  const auto header = read<ResponseHeader>(frame, header_version);
  if (!frame.ok()) return Error(ErrorCode::kCorrupt, "a response's header is malformed");
  if (header.correlation_id == correlation_id) return {};
  return Error(ErrorCode::kCorrupt, concat("a response answers request ", header.correlation_id,
                                           " where ", correlation_id, " was due"));
}

}  // namespace weir::wire
