#pragma once

#include "wire/codec.h"
#include "wire/print_visitor.h"
#include "wire/read_visitor.h"

/// What the codec does with a message, defined by the visitors of its description. Included where
/// messages are instantiated (messages/*.cc), and by tests with messages of their own.
namespace weir::wire::detail {

Error unclaimed_version(const Schema& schema, std::int16_t version);
Error malformed_field(const Schema& schema, std::int16_t version, std::string_view field,
                      std::size_t body_size);
Error bytes_left_over(const Schema& schema, std::int16_t version, std::size_t left);

template <class Message>
constexpr Encoding encoding_of(std::int16_t version) {
  return {version, Message::kSchema.flexible(version)};
}

template <class Message>
Result<Message> Coder<Message>::decode(std::string_view body, std::int16_t version) {
  constexpr const Schema& schema = Message::kSchema;
  if (!schema.versions.contain(version)) return unclaimed_version(schema, version);
  Reader reader(body);
  ReadVisitor visitor(reader, encoding_of<Message>(version));
  Message message;
  visitor.value(message);
  if (!reader.ok()) return malformed_field(schema, version, visitor.bad_field(), body.size());
  if (reader.remaining() > 0) return bytes_left_over(schema, version, reader.remaining());
  return message;
}

template <class Message>
Message Coder<Message>::read(Reader& reader, std::int16_t version) {
  Message message;
  ReadVisitor(reader, encoding_of<Message>(version)).value(message);
  return message;
}

template <class Message>
void Coder<Message>::encode(const Message& message, std::int16_t version, Writer& writer) {
  WriteVisitor<Writer>(writer, encoding_of<Message>(version)).value(message);
}

template <class Message>
std::size_t Coder<Message>::encoded_size(const Message& message, std::int16_t version) {
  ByteCounter counter;
  WriteVisitor<ByteCounter>(counter, encoding_of<Message>(version)).value(message);
  return counter.size();
}

template <class Message>
std::string Coder<Message>::print(const Message& message, std::int16_t version) {
  std::string out;
  PrintVisitor(out, version).value(message);
  return out;
}

}  // namespace weir::wire::detail
