#pragma once

#include <string>
#include <string_view>

#include "weir/result.h"
#include "wire/reader.h"
#include "wire/schema.h"
#include "wire/writer.h"

namespace weir::wire {

/// Reads a message body. Strings, bytes and records are views into `body`. Fails on bytes that are
/// cut short, left over, or claim more elements than could be there; never allocates more than a
/// small multiple of `body`.
template <class Message>
Result<Message> decode(std::string_view body, std::int16_t version);

/// Writes a message body; strings are copied, records referenced.
template <class Message>
void encode(const Message& message, std::int16_t version, Writer& writer);

/// Returns how many bytes encode() would write.
template <class Message>
std::size_t encoded_size(const Message& message, std::int16_t version);

/// Returns the fields that `version` has as readable text: `{key="g", keyType=0}`.
template <class Message>
std::string print(const Message& message, std::int16_t version);

}  // namespace weir::wire
