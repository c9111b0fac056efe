#pragma once

#include <string>
#include <string_view>

#include "weir/result.h"
#include "wire/reader.h"
#include "wire/schema.h"
#include "wire/writer.h"

/// Messages to bytes and back.
namespace weir::wire {

namespace detail {
/// Defined in visitors.h; instantiated in messages/*.cc, once for every message of messages/*.h.
template <class Message>
struct Coder {
  static Result<Message> decode(std::string_view body, std::int16_t version);
  static Message read(Reader& reader, std::int16_t version);
  static void encode(const Message& message, std::int16_t version, Writer& writer);
  static std::size_t encoded_size(const Message& message, std::int16_t version);
  static std::string print(const Message& message, std::int16_t version);
};
}  // namespace detail

/// Reads a message body. Strings, bytes and records are views into `body`. Fails on bytes that are
/// cut short, left over, or claim more elements than could be there, and on a version we do not
/// claim; never allocates more than a small multiple of `body`.
template <class Message>
Result<Message> decode(std::string_view body, std::int16_t version) {
  return detail::Coder<Message>::decode(body, version);
}

/// Reads a message that other bytes follow. On malformed bytes the reader has failed. `version` is
/// one we claim.
template <class Message>
Message read(Reader& reader, std::int16_t version) {
  return detail::Coder<Message>::read(reader, version);
}

/// Writes a message body; strings are copied, records referenced. A null is written as empty where
/// `version` knows no null; strings are cut at 32767 bytes, the protocol's limit.
template <class Message>
void encode(const Message& message, std::int16_t version, Writer& writer) {
  detail::Coder<Message>::encode(message, version, writer);
}

/// Returns how many bytes encode() would write.
template <class Message>
std::size_t encoded_size(const Message& message, std::int16_t version) {
  return detail::Coder<Message>::encoded_size(message, version);
}

/// Returns the fields that `version` has as readable text: `{key="g", keyType=0}`. Tagged fields
/// are shown where they would be written; of bytes only their number is.
template <class Message>
std::string print(const Message& message, std::int16_t version) {
  return detail::Coder<Message>::print(message, version);
}

}  // namespace weir::wire
