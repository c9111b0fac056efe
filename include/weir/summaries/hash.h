#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "weir/codecs.h"
#include "weir/mix.h"

namespace weir::detail {

/// Returns the `index`-th of many hashes made of one.
constexpr std::uint64_t hash_again(std::uint64_t hash, std::uint64_t index) {
  return mix(hash + (index + 1) * 0x9e3779b97f4a7c15);
}

/// Hashes bytes to 64 bits. Summaries are stored with what it returned, so it stays as it is, on
/// every machine. It holds off chance, not those who know the seed.
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed);

/// Hashes a value by the bytes of its Codec: values are the same where their bytes are. Text is the
/// same as std::string, std::string_view and literal; an int and a long are not.
template <class T>
std::uint64_t hash_of(const T& value, std::uint64_t seed) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    return hash_bytes(value, seed);
  } else {
    static_assert(!kIsUnordered<T>,
                  "an unordered container cannot be added to a summary: equal ones have different "
                  "bytes; take std::set or std::map instead");
    static_assert(HasCodec<T>, "what is added to a summary needs a weir::Codec (see weir/codec.h)");
    constexpr std::size_t kUsual = 64;
    const std::size_t size = Codec<T>::size(value);
    char few[kUsual];
    std::string many(size > kUsual ? size : 0, '\0');
    char* const bytes = size > kUsual ? many.data() : few;
    Codec<T>::write(value, bytes);
    return hash_bytes({bytes, size}, seed);
  }
}

}  // namespace weir::detail
