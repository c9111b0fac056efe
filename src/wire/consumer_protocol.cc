#include "wire/consumer_protocol.h"

#include <algorithm>

#include "base/log.h"
#include "wire/visitors.h"

namespace weir::wire {
namespace {

template <class Message>
std::string write_with_version(const Message& message, std::int16_t version) {
  Writer writer;
  writer.integer(version);
  encode(message, version, writer);
  return writer.joined();
}

template <class Message>
Result<Message> read_with_version(std::string_view bytes) {
  Reader reader(bytes);
  const auto version = reader.integer<std::int16_t>();
  auto message = read<Message>(reader, std::min(version, Message::kSchema.versions.last));
  if (version < 0 || !reader.ok()) {
    return Error(ErrorCode::kCorrupt,
                 concat(Message::kSchema.name, " of a group member is malformed (", bytes.size(),
                        " bytes)"));
  }
  return message;
}

}  // namespace

std::string with_version(const ConsumerProtocolSubscription& subscription, std::int16_t version) {
  return write_with_version(subscription, version);
}

std::string with_version(const ConsumerProtocolAssignment& assignment, std::int16_t version) {
  return write_with_version(assignment, version);
}

Result<ConsumerProtocolSubscription> read_subscription(std::string_view bytes) {
  return read_with_version<ConsumerProtocolSubscription>(bytes);
}

Result<ConsumerProtocolAssignment> read_assignment(std::string_view bytes) {
  if (bytes.empty()) return ConsumerProtocolAssignment{};
  return read_with_version<ConsumerProtocolAssignment>(bytes);
}

template struct detail::Coder<ConsumerProtocolSubscription>;
template struct detail::Coder<ConsumerProtocolAssignment>;

}  // namespace weir::wire
