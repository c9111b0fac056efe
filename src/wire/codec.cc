#include "wire/codec.h"

#include "base/log.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

Error unclaimed_version(const Schema& schema, std::int16_t version) {
  return {ErrorCode::kUnsupported,
          concat(schema.name, " v", version, " is not one of the versions ", schema.versions.first,
                 " to ", schema.versions.last)};
}

Error malformed_field(const Schema& schema, std::int16_t version, std::string_view field,
                      std::size_t body_size) {
  return {ErrorCode::kCorrupt, concat(schema.name, " v", version, " is malformed: field '",
                                      field.empty() ? "tagged fields" : field,
                                      "' cannot be read from its ", body_size, " bytes")};
}

Error bytes_left_over(const Schema& schema, std::int16_t version, std::size_t left) {
  return {ErrorCode::kCorrupt, concat(schema.name, " v", version, " is malformed: ", left,
                                      " bytes left behind its last field")};
}

void print_quoted(std::string_view text, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code >= 0x7f) {
      ((out += "\\x") += kDigits[code >> 4]) += kDigits[code & 15];
      continue;
    }
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  out += '"';
}

void print_uuid(const Uuid& uuid, std::string& out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : uuid.bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) out += kDigits[bits >> (count - 6) & 63];
  }
  out += kDigits[bits << (6 - count) & 63];
}

}  // namespace weir::wire::detail
