#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::detail {

/// Appends a number as so many bytes, the lowest first.
inline void put_little_endian(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}

/// Takes such a number from the begin of `bytes`; nothing, and takes nothing, where they are fewer.
inline std::optional<std::uint64_t> take_little_endian(std::string_view& bytes, std::size_t size) {
  if (bytes.size() < size) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  bytes.remove_prefix(size);
  return number;
}

/// Takes a text that has its size before it, a number of `size_bytes`.
inline std::optional<std::string_view> take_sized(std::string_view& bytes, std::size_t size_bytes) {
  std::string_view rest = bytes;
  const auto size = take_little_endian(rest, size_bytes);
  if (!size || *size > rest.size()) return std::nullopt;
  const std::string_view text = rest.substr(0, *size);
  bytes = rest.substr(*size);
  return text;
}

}  // namespace weir::detail
