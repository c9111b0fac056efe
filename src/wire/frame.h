#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "weir/result.h"
#include "wire/codec.h"
#include "wire/header.h"

/// Requests and responses on a connection: a 32-bit length, a header, a message.
namespace weir::wire {

/// Cuts what a connection receives into frames. Does no I/O: its owner receives into space(), says
/// how much came, and takes the whole frames. Belongs to one connection and its thread.
///
/// Bytes arrive in a small buffer, and short frames are copied out of it. The rest of a long frame
/// is received straight into the frame's own buffer.
class FrameReader {
 public:
  /// Frames longer than `max_frame_size` are refused. `pool` outlives the reader.
  FrameReader(BufferPool& pool, std::size_t max_frame_size);

  /// Where the next bytes go; never empty once next() has said that no frame is whole.
  std::span<char> space();
  /// Says that `count` bytes have been put at the start of space().
  void filled(std::size_t count);
  /// How many bytes at least the frame that has begun lacks; meant for after next() returned none.
  std::size_t missing() const { return long_frame_ ? long_frame_size_ - long_frame_.size() : 1; }
  /// Returns the next whole frame without its length, or nothing until more has come. Fails for
  /// good on a length that is negative or above the limit.
  Result<std::optional<Buffer>> next();

 private:
  std::optional<Buffer> take_long_frame();
  std::optional<Buffer> take_short_frame(std::size_t length);
  std::optional<Buffer> begin_long_frame(std::size_t length);
  std::optional<Buffer> wait_for_more();

  BufferPool& pool_;
  const std::size_t max_frame_size_;
  std::unique_ptr<char[]> short_frames_;
  std::size_t begin_ = 0;  // of what was received and not yet taken
  std::size_t end_ = 0;
  Buffer long_frame_;  // set while one is being received
  std::size_t long_frame_size_ = 0;
};

/// Writes a whole request: length, header, message.
template <class Request>
void write_request(const Request& request, std::int16_t version, std::int32_t correlation_id,
                   std::string_view client_id, Writer& writer) {
  const std::size_t start = writer.begin_frame();
  const RequestHeader header{
      static_cast<std::int16_t>(Request::kSchema.api), version, correlation_id, {client_id}};
  encode(header, request_header_version<Request>(version), writer);
  encode(request, version, writer);
  writer.end_frame(start);
}

/// Writes a whole response: length, header, message.
template <class Response>
void write_response(const Response& response, std::int16_t version, std::int32_t correlation_id,
                    Writer& writer) {
  const std::size_t start = writer.begin_frame();
  encode(ResponseHeader{correlation_id}, response_header_version<Response>(version), writer);
  encode(response, version, writer);
  writer.end_frame(start);
}

/// Fails where a frame is not the response to request `correlation_id`; see read_response.
Result<void> check_response_header(Reader& frame, std::int16_t header_version,
                                   std::int32_t correlation_id);

/// Reads a frame that should be the response to request `correlation_id`, as views into it.
template <class Response>
Result<Response> read_response(std::string_view frame, std::int16_t version,
                               std::int32_t correlation_id) {
  Reader reader(frame);
  WEIR_RETURN_IF_ERROR(
      check_response_header(reader, response_header_version<Response>(version), correlation_id));
  return decode<Response>(reader.rest(), version);
}

}  // namespace weir::wire
