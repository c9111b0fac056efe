#include "weir/summaries/hash.h"

#include <bit>
#include <cstring>

namespace weir::detail {

namespace {

std::uint64_t little_endian(const char* at, std::size_t size) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, size);
  return std::endian::native == std::endian::big ? __builtin_bswap64(word) : word;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  // The length comes first, so that bytes which are zero at the end count.
  std::uint64_t hash = mix(seed ^ mix(bytes.size() + 0x9e3779b97f4a7c15));
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    hash = mix(hash ^ little_endian(bytes.data(), 8)) + 0x9e3779b97f4a7c15;
  }
  if (!bytes.empty()) hash = mix(hash ^ little_endian(bytes.data(), bytes.size()));
  return mix(hash);
}

}  // namespace weir::detail
