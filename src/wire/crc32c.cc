#include "wire/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace weir::wire {
namespace {

// Polynomials over GF(2) are kept with their highest power in the lowest bit, as the CRC has them.
constexpr std::uint32_t kPolynomial = 0x82f63b78;
constexpr std::uint32_t kOne = 0x80000000;

using Table = std::array<std::uint32_t, 256>;

constexpr std::uint32_t times_x(std::uint32_t a) { return a & 1 ? a >> 1 ^ kPolynomial : a >> 1; }

constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (std::uint32_t bit = kOne; bit != 0; bit >>= 1, b = times_x(b)) {
    if (a & bit) product ^= b;
  }
  return product;
}

/// x to the power of 8 * bytes: what appending so many zero bytes multiplies a CRC with.
constexpr std::uint32_t power_of_bytes(std::size_t bytes) {
  std::uint32_t result = kOne;
  std::uint32_t square = kOne >> 8;
  for (; bytes != 0; bytes >>= 1, square = multiply(square, square)) {
    if (bytes & 1) result = multiply(result, square);
  }
  return result;
}

/// tables[i][b]: the CRC of byte b with i zero bytes behind it.
constexpr std::array<Table, 8> make_slices() {
  std::array<Table, 8> slices{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = times_x(crc);
    slices[0][byte] = crc;
  }
  for (std::size_t i = 1; i < slices.size(); ++i) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = slices[i - 1][byte];
      slices[i][byte] = before >> 8 ^ slices[0][before & 255];
    }
  }
  return slices;
}

constexpr auto kSlices = make_slices();

std::uint32_t step(std::uint32_t crc, char byte) {
  return crc >> 8 ^ kSlices[0][(crc ^ static_cast<unsigned char>(byte)) & 255];
}

std::uint64_t word_at(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

#if defined(__x86_64__)

/// Appends `Bytes` zero bytes to a CRC: multiplication by a constant, one table for each byte.
template <std::size_t Bytes>
class ZeroBytes {
 public:
  static std::uint32_t append(std::uint32_t crc) {
    return kTables[0][crc & 255] ^ kTables[1][crc >> 8 & 255] ^ kTables[2][crc >> 16 & 255] ^
           kTables[3][crc >> 24];
  }

 private:
  static constexpr std::array<Table, 4> make_tables() {
    std::array<Table, 4> tables{};
    const std::uint32_t factor = power_of_bytes(Bytes);
    for (std::uint32_t i = 0; i < 4; ++i) {
      for (std::uint32_t bit = 0; bit < 8; ++bit) {
        const std::uint32_t image = multiply(factor, std::uint32_t{1} << (8 * i + bit));
        for (std::uint32_t low = 0; low < 1u << bit; ++low) {
          tables[i][(1u << bit) + low] = tables[i][low] ^ image;
        }
      }
    }
    return tables;
  }
  static constexpr std::array<Table, 4> kTables = make_tables();
};

/// The instruction takes three cycles but one can start in each: three lanes run side by side.
/// Takes whole triples of lanes off the front of `bytes`.
template <std::size_t Lane>
__attribute__((target("sse4.2"))) std::uint64_t take_lanes(std::uint64_t crc,
                                                           std::string_view& bytes) {
  for (; bytes.size() >= 3 * Lane; bytes.remove_prefix(3 * Lane)) {
    const char* at = bytes.data();
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const char* end = at + Lane; at != end; at += 8) {
      crc = _mm_crc32_u64(crc, word_at(at));
      second = _mm_crc32_u64(second, word_at(at + Lane));
      third = _mm_crc32_u64(third, word_at(at + 2 * Lane));
    }
    crc = ZeroBytes<Lane>::append(static_cast<std::uint32_t>(crc)) ^ second;
    crc = ZeroBytes<Lane>::append(static_cast<std::uint32_t>(crc)) ^ third;
  }
  return crc;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes) {
  std::uint64_t crc = 0xffffffff;
  crc = take_lanes<4096>(crc, bytes);
  crc = take_lanes<256>(crc, bytes);
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) crc = _mm_crc32_u64(crc, word_at(bytes.data()));
  for (const char byte : bytes) {
    crc = _mm_crc32_u8(static_cast<std::uint32_t>(crc), static_cast<unsigned char>(byte));
  }
  return ~static_cast<std::uint32_t>(crc);
}

#endif

}  // namespace

std::uint32_t detail::crc32c_by_tables(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const std::uint64_t word = word_at(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= kSlices[7 - i][word >> (8 * i) & 255];
  }
  for (const char byte : bytes) crc = step(crc, byte);
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  if (has_instruction) return crc32c_by_instruction(bytes);
#endif
  return detail::crc32c_by_tables(bytes);
}

}  // namespace weir::wire
