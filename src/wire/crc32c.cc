#include "wire/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
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

/// x to the power of `exponent`.
constexpr std::uint32_t power_of_x(std::size_t exponent) {
  std::uint32_t result = kOne;
  std::uint32_t square = kOne >> 1;
  for (; exponent != 0; exponent >>= 1, square = multiply(square, square)) {
    if (exponent & 1) result = multiply(result, square);
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
    const std::uint32_t factor = power_of_x(8 * Bytes);
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

/// Goes on from `state`, a CRC before its final inversion, over all of `bytes`.
__attribute__((target("sse4.2"))) std::uint32_t finish_by_instruction(std::uint32_t state,
                                                                      std::string_view bytes) {
  std::uint64_t crc = state;
  crc = take_lanes<4096>(crc, bytes);
  crc = take_lanes<256>(crc, bytes);
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) crc = _mm_crc32_u64(crc, word_at(bytes.data()));
  for (const char byte : bytes) {
    crc = _mm_crc32_u8(static_cast<std::uint32_t>(crc), static_cast<unsigned char>(byte));
  }
  return ~static_cast<std::uint32_t>(crc);
}

#define WEIR_FOLDING __attribute__((target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.2")))

/// The factors that carry the two halves of 16 bytes over `Bytes` bytes: of 64 bits each, the lower
/// half of them is the higher power of x. A factor stands in the lower half of its 64 bits, which
/// is 32 powers more, and a product of reversed numbers is one power more: hence 33 less. See Gopal
/// and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", 2009.
template <std::size_t Bytes>
constexpr std::array<std::uint64_t, 2> kFold = {power_of_x(8 * Bytes + 31),
                                                power_of_x(8 * Bytes - 33)};

WEIR_FOLDING inline __m512i load_64(const char* at) { return _mm512_loadu_si512(at); }

/// Carries `sum` over the distance that the factors are for, and adds what stands there.
WEIR_FOLDING inline __m512i fold_64(__m512i sum, __m512i factors, __m512i next) {
  const __m512i low = _mm512_clmulepi64_epi128(sum, factors, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(sum, factors, 0x11);
  return _mm512_ternarylogic_epi64(low, high, next, 0x96);  // all three, exclusive or
}

template <std::size_t Bytes>
WEIR_FOLDING inline __m512i factors_64() {
  constexpr auto kLow = static_cast<long long>(kFold<Bytes>[0]);
  constexpr auto kHigh = static_cast<long long>(kFold<Bytes>[1]);
  return _mm512_set4_epi64(kHigh, kLow, kHigh, kLow);
}

/// Carries 16 bytes over `Bytes` bytes.
template <std::size_t Bytes>
WEIR_FOLDING inline __m128i carry_16(__m128i part) {
  const __m128i factors = _mm_set_epi64x(static_cast<long long>(kFold<Bytes>[1]),
                                         static_cast<long long>(kFold<Bytes>[0]));
  return _mm_xor_si128(_mm_clmulepi64_si128(part, factors, 0x00),
                       _mm_clmulepi64_si128(part, factors, 0x11));
}

/// Brings the four times 16 bytes of `sum` together at the place of the last.
WEIR_FOLDING inline __m128i fold_16(__m512i sum) {
  __m128i parts[4];
  _mm512_storeu_si512(parts, sum);
  const __m128i first = _mm_xor_si128(carry_16<48>(parts[0]), carry_16<32>(parts[1]));
  return _mm_xor_si128(first, _mm_xor_si128(carry_16<16>(parts[2]), parts[3]));
}

constexpr std::size_t kFoldedAtOnce = 256;

/// Four lanes of 64 bytes are carried over 256 bytes at a time; what is left of them at the end has
/// the same CRC as all before. There are at least kFoldedAtOnce bytes.
WEIR_FOLDING std::uint32_t crc32c_by_folding(std::string_view bytes) {
  const char* at = bytes.data();
  const __m512i start = _mm512_zextsi128_si512(_mm_cvtsi32_si128(-1));
  __m512i lanes[4] = {_mm512_xor_si512(load_64(at), start), load_64(at + 64), load_64(at + 128),
                      load_64(at + 192)};
  bytes.remove_prefix(kFoldedAtOnce);
  for (; bytes.size() >= kFoldedAtOnce; bytes.remove_prefix(kFoldedAtOnce)) {
    at = bytes.data();
    for (std::size_t i = 0; i < 4; ++i) {
      lanes[i] = fold_64(lanes[i], factors_64<kFoldedAtOnce>(), load_64(at + 64 * i));
    }
  }
  __m512i sum = lanes[0];
  for (std::size_t i = 1; i < 4; ++i) sum = fold_64(sum, factors_64<64>(), lanes[i]);
  const __m128i rest = fold_16(sum);
  const std::uint64_t crc =
      _mm_crc32_u64(_mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(rest))),
                    static_cast<std::uint64_t>(_mm_extract_epi64(rest, 1)));
  return finish_by_instruction(static_cast<std::uint32_t>(crc), bytes);
}

#undef WEIR_FOLDING

bool can_fold() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("pclmul") &&
         __builtin_cpu_supports("sse4.2");
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

std::optional<std::uint32_t> detail::crc32c_by_instruction(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  if (has_instruction) return finish_by_instruction(0xffffffff, bytes);
#endif
  return std::nullopt;
}

std::uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool folds = can_fold();
  if (folds && bytes.size() >= kFoldedAtOnce) return crc32c_by_folding(bytes);
#endif
  if (const auto crc = detail::crc32c_by_instruction(bytes)) return *crc;
  return detail::crc32c_by_tables(bytes);
}

}  // namespace weir::wire
