#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the codecs of composite values are made of: counts, and a reader that trusts nothing.
namespace weir::detail {

/// Returns how many bytes write_count() needs, 1 to 10.
inline std::size_t count_size(std::uint64_t count) {
  std::size_t size = 1;
  for (; count >= 0x80; count >>= 7) ++size;
  return size;
}

/// Writes a count or a length, seven bits a byte, the lowest first; all bytes but the last have
/// their highest bit set. Returns the end.
inline char* write_count(std::uint64_t count, char* at) {
  for (; count >= 0x80; count >>= 7) *at++ = static_cast<char>(count | 0x80);
  *at++ = static_cast<char>(count);
  return at;
}

/// Reads the parts of one value, one after the other, out of bytes that may be anything. Remembers
/// the first thing that is wrong. Belongs to one call of a Codec; the bytes must outlive it.
class PartReader {
 public:
  explicit PartReader(std::string_view bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size() - at_; }

  /// Takes the next `size` bytes, if there are so many.
  std::optional<std::string_view> take(std::size_t size) {
    if (size > left()) return fail("the value goes on, but the bytes end"), std::nullopt;
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }

  /// Takes a number as write_count() writes it, and in no other way.
  std::optional<std::uint64_t> number();

  /// The same for a count of parts that have `least` bytes each, or more: refuses one that is more
  /// than the bytes left can be. So it is safe to make room for as many.
  std::optional<std::size_t> count(std::size_t least) {
    const std::size_t begin = at_;
    const std::optional<std::uint64_t> counted = number();
    if (!counted) return std::nullopt;
    if (*counted > left() / least) {
      at_ = begin;
      return fail("more is announced than there are bytes"), std::nullopt;
    }
    return static_cast<std::size_t>(*counted);
  }

  /// Remembers what is wrong, and where: at the next byte, or `back` bytes before it. Returns
  /// false.
  bool fail(const char* why, std::size_t back = 0);
  /// Remembers that the last bytes taken are refused by another codec, which can explain it.
  bool fail_within(std::string_view part, std::string (*explain)(std::string_view));

  /// Returns whether all was read and nothing was wrong.
  bool finish() {
    if (why_ == nullptr && explain_ == nullptr && left() > 0)
      fail("the value ends, but bytes follow");
    return why_ == nullptr && explain_ == nullptr;
  }
  /// Says what was wrong and at which byte, counted from 0. Not on the hot path.
  std::string explain() const;

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t wrong_at_ = 0;
  const char* why_ = nullptr;
  std::string_view part_;
  std::string (*explain_)(std::string_view) = nullptr;
};

}  // namespace weir::detail
