#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

/// Avro's binary encoding of the primitive types, for the codecs that avrogen generates and for the
/// codec over a parsed schema. See "Binary Encoding" in Avro's specification, 1.11 and 1.12.
namespace weir::avro {

/// How deeply records, arrays and maps may be nested in each other in a value.
inline constexpr int kMaxDepth = 256;

/// How many items of arrays that take no bytes at all (nulls, records without fields) a value may
/// have: their number is bounded by nothing else.
inline constexpr std::size_t kMaxEmptyItems = 65536;

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t bits) {
  return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
}

/// Returns how many bytes (1 to 10) an int or a long takes up.
constexpr std::size_t size_of_long(std::int64_t value) {
  return (static_cast<std::size_t>(std::bit_width(zigzag(value) | 1)) + 6) / 7;
}
/// Returns how many bytes a string or bytes of `length` take up, their length included.
constexpr std::size_t size_of_bytes(std::size_t length) {
  return size_of_long(static_cast<std::int64_t>(length)) + length;
}

/// Writes an int or a long and returns its end.
inline char* write_long(std::int64_t value, char* at) {
  std::uint64_t bits = zigzag(value);
  for (; bits >= 0x80; bits >>= 7) *at++ = static_cast<char>(bits | 0x80);
  *at++ = static_cast<char>(bits);
  return at;
}

/// Writes bytes without their length and returns their end.
inline char* write_raw(std::string_view bytes, char* at) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}
/// Writes a string or bytes, their length first, and returns their end.
inline char* write_bytes(std::string_view bytes, char* at) {
  return write_raw(bytes, write_long(static_cast<std::int64_t>(bytes.size()), at));
}

namespace detail {
/// Converts between the machine's byte order and Avro's, which is little-endian.
template <class Bits>
Bits little_endian(Bits bits) {
  if constexpr (std::endian::native == std::endian::little) return bits;
  if constexpr (sizeof bits == 4) return __builtin_bswap32(bits);
  if constexpr (sizeof bits == 8) return __builtin_bswap64(bits);
}
}  // namespace detail

inline char* write_float(float value, char* at) {
  const auto bits = detail::little_endian(std::bit_cast<std::uint32_t>(value));
  std::memcpy(at, &bits, sizeof bits);
  return at + sizeof bits;
}
inline char* write_double(double value, char* at) {
  const auto bits = detail::little_endian(std::bit_cast<std::uint64_t>(value));
  std::memcpy(at, &bits, sizeof bits);
  return at + sizeof bits;
}

/// Reads Avro's primitive types from a view, never past its end. The first failure sticks: what is
/// read after it is zero or empty, so a caller of a few reads checks once, at the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  bool ok() const { return failure_ == nullptr; }
  /// True if all was read well and nothing is left.
  bool finished() const { return ok() && at_ == end_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  /// How many bytes have been read; after a failure, how many before it.
  std::size_t position() const {
    return static_cast<std::size_t>((ok() ? at_ : failed_at_) - begin_);
  }
  /// Says why reading failed, as in "a length below 0". Null where it did not.
  const char* failure() const { return failure_; }
  void fail(const char* why) {
    if (!ok()) return;
    failure_ = why;
    failed_at_ = at_;
    at_ = end_;
  }

  std::int64_t read_long() {
    std::uint64_t bits = 0;
    const char* at = at_;
    for (int shift = 0; shift < 63; shift += 7) {
      if (at == end_) [[unlikely]]
        break;
      const auto byte = static_cast<unsigned char>(*at++);
      bits |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) {
        at_ = at;
        return unzigzag(bits);
      }
    }
    return read_tenth_byte(at, bits);
  }

  std::int32_t read_int() {
    const std::int64_t value = read_long();
    if (value != static_cast<std::int32_t>(value)) [[unlikely]] {
      fail("an int beyond 32 bits");
      return 0;
    }
    return static_cast<std::int32_t>(value);
  }

  bool read_boolean() {
    const std::string_view byte = read_raw(1);
    if (byte.empty()) return false;
    if (static_cast<unsigned char>(byte[0]) > 1) [[unlikely]]
      fail("a boolean that is not 0 or 1");
    return byte[0] == 1;
  }

  float read_float() {
    std::uint32_t bits = 0;
    const std::string_view bytes = read_raw(sizeof bits);
    if (!bytes.empty()) std::memcpy(&bits, bytes.data(), sizeof bits);
    return std::bit_cast<float>(detail::little_endian(bits));
  }

  double read_double() {
    std::uint64_t bits = 0;
    const std::string_view bytes = read_raw(sizeof bits);
    if (!bytes.empty()) std::memcpy(&bits, bytes.data(), sizeof bits);
    return std::bit_cast<double>(detail::little_endian(bits));
  }

  /// Reads a string or bytes, as a view.
  std::string_view read_bytes() {
    const std::int64_t length = read_long();
    if (length < 0) [[unlikely]] {
      fail("a length below 0");
      return {};
    }
    return read_raw(static_cast<std::uint64_t>(length));
  }

  /// Takes `count` bytes, as a view.
  std::string_view read_raw(std::uint64_t count) {
    if (count > remaining()) [[unlikely]] {
      fail("more bytes than there are");
      return {};
    }
    const std::string_view taken(at_, count);
    at_ += count;
    return taken;
  }

  /// Reads the number of a union's branch or of an enum's symbol, below `count`.
  std::size_t read_index(std::size_t count) {
    const std::int64_t index = read_long();
    if (static_cast<std::uint64_t>(index) >= count) [[unlikely]] {
      fail("a branch or symbol that the schema does not have");
      return 0;
    }
    return static_cast<std::size_t>(index);
  }

  /// Reads the items of an array or a map: all blocks, with or without their sizes. `reserve` is
  /// told how many items may follow, and `read_item` is called for each.
  template <class Reserve, class ReadItem>
  void read_blocks(Reserve reserve, ReadItem read_item);

  /// Runs `read_inside` one level deeper, unless that is too deep.
  template <class ReadInside>
  void read_nested(ReadInside read_inside) {
    if (++depth_ > kMaxDepth) [[unlikely]] {
      fail("values nested too deeply");
    } else {
      read_inside();
    }
    --depth_;
  }

 private:
  struct Block {
    std::uint64_t count = 0;
    const char* end = nullptr;  // null where the block does not tell its size
  };

  // The last byte of a long has room for one bit only.
  std::int64_t read_tenth_byte(const char* at, std::uint64_t bits) {
    if (at == end_ || static_cast<unsigned char>(*at) > 1) {
      fail(at == end_ ? "a number that is cut short" : "a number beyond 64 bits");
      return 0;
    }
    bits |= static_cast<std::uint64_t>(*at) << 63;
    at_ = at + 1;
    return unzigzag(bits);
  }

  // A block starts with its number of items, or with that number negated and its size in bytes.
  Block read_block_start() {
    const std::int64_t count = read_long();
    if (count >= 0) return {static_cast<std::uint64_t>(count)};
    const std::int64_t size = read_long();
    if (size < 0 || static_cast<std::uint64_t>(size) > remaining()) {
      fail("a block size beyond the end of the bytes");
      return {};
    }
    return {0 - static_cast<std::uint64_t>(count), at_ + size};
  }

  void count_empty_item() {
    if (++empty_items_ > kMaxEmptyItems) fail("too many items without bytes");
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* failed_at_ = nullptr;
  const char* failure_ = nullptr;
  int depth_ = 0;
  std::size_t empty_items_ = 0;
};

template <class Reserve, class ReadItem>
void Reader::read_blocks(Reserve reserve, ReadItem read_item) {
  // A count may lie, so little is reserved: what is held beyond it grows with the bytes really
  // read.
  constexpr std::uint64_t kMaxReserved = 256;
  for (Block block = read_block_start(); block.count > 0; block = read_block_start()) {
    reserve(static_cast<std::size_t>(block.count < kMaxReserved ? block.count : kMaxReserved));
    for (std::uint64_t i = 0; i < block.count; ++i) {
      const char* const before = at_;
      read_item();
      if (at_ == before) count_empty_item();
      if (!ok()) return;
    }
    if (block.end != nullptr && at_ != block.end)
      return fail("a block of another size than it says");
  }
}

}  // namespace weir::avro
