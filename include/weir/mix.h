#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::detail {

/// Spreads the bits of a number over all of it; one to one. The finaliser of SplitMix64 (Steele,
/// Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators").
constexpr std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

/// Both halves of a product, folded: each bit of either number counts for each bit of it.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// Hashes bytes, eight or sixteen at a time, by folded products (as wyhash does; Wang Yi 2019).
/// Another seed makes another function of it, which std::hash has none of. Not the same on all
/// machines, and not to be written down.
inline std::uint64_t hash_of_bytes(std::string_view bytes, std::uint64_t seed = 0) {
  constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15;
  constexpr std::uint64_t kSecond = 0xd1b54a32d192ed03;
  const auto load = [](const char* from, std::size_t count) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, count);
    return word;
  };
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t hash = (left * kFirst) ^ seed;
  for (; left > 16; at += 16, left -= 16) {
    hash = fold(load(at, 8) ^ kFirst ^ hash, load(at + 8, 8) ^ kSecond);
  }
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (left >= 8) {
    head = load(at, 8);
    tail = load(at + left - 8, 8);
  } else if (left >= 4) {
    head = load(at, 4);
    tail = load(at + left - 4, 4);
  } else if (left > 0) {
    head = static_cast<unsigned char>(at[0]) << 8U | static_cast<unsigned char>(at[left / 2]);
    tail = static_cast<unsigned char>(at[left - 1]);
  }
  return fold(fold(head ^ kFirst ^ hash, tail ^ kSecond), kSecond ^ seed ^ bytes.size());
}

}  // namespace weir::detail
