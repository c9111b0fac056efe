#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace weir::wire {

template <class Int>
Int big_endian_at(const char* bytes) {
  std::make_unsigned_t<Int> value;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (sizeof value == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof value == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof value == 8) value = __builtin_bswap64(value);
  return static_cast<Int>(value);
}

/// Reads Kafka's primitive types from a view, never past its end. The first failure sticks: what is
/// read after it is zero or empty, so a caller checks ok() once, at the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool ok() const { return !failed_; }
  void fail() {
    failed_ = true;
    at_ = end_;
  }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  const char* position() const { return at_; }
  /// What has not been read yet.
  std::string_view rest() const { return {at_, remaining()}; }

  /// Reads a big-endian integer.
  template <class Int>
  Int integer() {
    if (remaining() < sizeof(Int)) [[unlikely]] {
      fail();
      return 0;
    }
    const char* from = at_;
    at_ += sizeof(Int);
    return big_endian_at<Int>(from);
  }

  /// Reads a base-128 varint of at most 10 bytes. Records are made of these: one and two bytes, the
  /// common sizes, are read without a loop.
  std::uint64_t unsigned_varint() {
    if (at_ != end_) [[likely]] {
      const auto first = static_cast<std::uint8_t>(at_[0]);
      if (first < 0x80) {
        ++at_;
        return first;
      }
      if (remaining() >= 2 && static_cast<std::uint8_t>(at_[1]) < 0x80) {
        at_ += 2;
        return (first & 0x7fu) | std::uint64_t{static_cast<std::uint8_t>(at_[-1])} << 7;
      }
    }
    return long_unsigned_varint();
  }

  /// Reads a zigzag varint, as inside records.
  std::int64_t varint() {
    const std::uint64_t raw = unsigned_varint();
    return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
  }

  /// Takes `count` bytes as a view.
  std::string_view bytes(std::uint64_t count) {
    if (count > remaining()) [[unlikely]] {
      fail();
      return {};
    }
    std::string_view taken(at_, count);
    at_ += count;
    return taken;
  }

 private:
  std::uint64_t long_unsigned_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const auto byte = static_cast<std::uint8_t>(*at_++);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace weir::wire
