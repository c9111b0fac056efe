#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::wire {

template <class Int>
void put_big_endian(char* at, Int value) {
  auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  if constexpr (sizeof bits == 2) bits = __builtin_bswap16(bits);
  if constexpr (sizeof bits == 4) bits = __builtin_bswap32(bits);
  if constexpr (sizeof bits == 8) bits = __builtin_bswap64(bits);
  std::memcpy(at, &bits, sizeof bits);
}

/// Writes Kafka's primitive types. Large payloads (record batches) are not copied: they are kept by
/// reference, and pieces() lists own bytes and references in the order of the wire. What is
/// referenced must stay until the pieces have been sent.
class Writer {
 public:
  template <class Int>
  void integer(Int value) {
    char bytes[sizeof(Int)];
    put_big_endian(bytes, value);
    own_.append(bytes, sizeof bytes);
  }
  void unsigned_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) own_.push_back(static_cast<char>(value | 0x80));
    own_.push_back(static_cast<char>(value));
  }
  void bytes(std::string_view bytes) { own_.append(bytes); }
  /// Adds bytes by reference.
  void reference(std::string_view bytes) {
    if (!bytes.empty()) references_.push_back({own_.size(), bytes});
    referenced_bytes_ += bytes.size();
  }
  /// Appends another writer's output, references included.
  void append(const Writer& other);

  /// Bytes written so far, references included.
  std::size_t size() const { return own_.size() + referenced_bytes_; }
  /// Leaves room for a 32-bit length, which end_frame() (given what this returned) fills in with
  /// the number of bytes written in between.
  std::size_t begin_frame();
  void end_frame(std::size_t start);
  /// The whole output, as views in order. Valid until the next write.
  std::vector<std::string_view> pieces() const;
  /// The whole output, copied into one string.
  std::string joined() const;

 private:
  struct Reference {
    std::size_t at;  // how many own bytes come before it
    std::string_view bytes;
  };
  std::string own_;
  std::vector<Reference> references_;
  std::size_t referenced_bytes_ = 0;
};

}  // namespace weir::wire
