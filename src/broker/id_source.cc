#include "broker/id_source.h"

#include <cstring>

namespace weir::broker {

wire::Uuid IdSource::next_uuid() {
  const std::uint64_t halves[] = {random_(), random_()};
  wire::Uuid id;
  std::memcpy(id.bytes.data(), halves, sizeof halves);
  id.bytes[6] = static_cast<char>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<char>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

std::string to_hex(const wire::Uuid& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<std::uint8_t>(id.bytes[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string to_base64(const wire::Uuid& id) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : id.bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
    for (count += 8; count >= 6; count -= 6) text += kDigits[bits >> (count - 6) & 63];
  }
  text += kDigits[bits << (6 - count) & 63];
  return text;
}

}  // namespace weir::broker
