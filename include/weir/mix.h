#pragma once

#include <cstdint>

namespace weir::detail {

/// Spreads the bits of a number over all of it; one to one. The finaliser of SplitMix64 (Steele,
/// Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators").
constexpr std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

}  // namespace weir::detail
