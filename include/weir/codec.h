#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir {

/// Turns a T into bytes and back; specialise it for your own types. weir/codecs.h has the standard
/// types, `avrogen` writes the specialisations for Avro records. All four functions are static and
/// pure, and any thread may call them:
///
///   template <>
///   struct weir::Codec<Celsius> {
///     /// Returns the exact number of bytes that write() needs.
///     static std::size_t size(const Celsius& value);
///     /// Writes size(value) bytes at `at` and returns their end.
///     static char* write(const Celsius& value, char* at);
///     /// Reads one value that takes up all of `bytes`. On false, `into` is valid but unspecified.
///     static bool read(std::string_view bytes, Celsius& into);
///     /// Says in one sentence why read() refuses `bytes`. Not on the hot path.
///     static std::string explain(std::string_view bytes);
///   };
///
/// read() may be handed any bytes at all. It is called again and again with the same `into`, so it
/// can reuse what that owns, and has to set every part of it.
template <class T>
struct Codec;

/// Holds for a type whose Codec is specialised as above.
template <class T>
concept HasCodec = requires(const T& value, T& into, char* at, std::string_view bytes) {
  { Codec<T>::size(value) } -> std::same_as<std::size_t>;
  { Codec<T>::write(value, at) } -> std::same_as<char*>;
  { Codec<T>::read(bytes, into) } -> std::same_as<bool>;
  { Codec<T>::explain(bytes) } -> std::same_as<std::string>;
};

namespace detail {

template <class T>
    struct IsView : std::bool_constant < requires {
  typename T::is_view;
} > {};
template <class Char, class Traits>
struct IsView<std::basic_string_view<Char, Traits>> : std::true_type {};
template <class T, std::size_t kExtent>
struct IsView<std::span<T, kExtent>> : std::true_type {};
template <class T, std::size_t kSize>
struct IsView<std::array<T, kSize>> : IsView<T> {};
// Pairs, tuples, optionals, variants and containers are views where one of their parts is.
template <template <class...> class Outer, class... Parts>
    struct IsView<Outer<Parts...>> : std::bool_constant < requires {
  typename Outer<Parts...>::is_view;
} || (IsView<std::remove_cv_t<Parts>>::value || ...) > {};

}  // namespace detail

/// True for a type that refers to bytes it does not own, so that its values are valid only while
/// the batch they were read from is pinned: string_view, span, what holds one of those in a
/// standard container, and types that say so with `using is_view = void;`.
template <class T>
inline constexpr bool kIsView = detail::IsView<std::remove_cvref_t<T>>::value;

/// Any bytes, as they are: a copy.
template <>
struct Codec<std::string> {
  static std::size_t size(const std::string& value) { return value.size(); }
  static char* write(const std::string& value, char* at) {
    std::memcpy(at, value.data(), value.size());
    return at + value.size();
  }
  static bool read(std::string_view bytes, std::string& into) {
    into.assign(bytes);
    return true;
  }
  static std::string explain(std::string_view bytes);
};

/// Any bytes, as they are: a view of what is read.
template <>
struct Codec<std::string_view> {
  static std::size_t size(std::string_view value) { return value.size(); }
  static char* write(std::string_view value, char* at) {
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    return at + value.size();
  }
  static bool read(std::string_view bytes, std::string_view& into) {
    into = bytes;
    return true;
  }
  static std::string explain(std::string_view bytes);
};

namespace detail {

// The types that Kafka's Java clients have a serializer for: Short, Integer, Long, Float, Double.
template <class T>
concept KafkaNumber =
    std::same_as<T, short> || std::same_as<T, int> || std::same_as<T, long> ||
    std::same_as<T, long long> || std::same_as<T, float> || std::same_as<T, double>;

template <std::size_t kSize>
using UnsignedOfSize =
    std::conditional_t<kSize == 2, std::uint16_t,
                       std::conditional_t<kSize == 4, std::uint32_t, std::uint64_t>>;

template <class Bits>
Bits swap_if_little_endian(Bits bits) {
  if constexpr (std::endian::native == std::endian::big) return bits;
  if constexpr (sizeof bits == 2) return __builtin_bswap16(bits);
  if constexpr (sizeof bits == 4) return __builtin_bswap32(bits);
  if constexpr (sizeof bits == 8) return __builtin_bswap64(bits);
}

std::string explain_number(std::size_t expected_size, std::string_view bytes);

}  // namespace detail

/// Big-endian, as Kafka's Java serializers write numbers; floating point as its IEEE 754 bits.
template <detail::KafkaNumber T>
struct Codec<T> {
  static std::size_t size(T) { return sizeof(T); }
  static char* write(T value, char* at) {
    const Bits bits = detail::swap_if_little_endian(std::bit_cast<Bits>(value));
    std::memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
  }
  static bool read(std::string_view bytes, T& into) {
    Bits bits;
    if (bytes.size() != sizeof bits) return false;
    std::memcpy(&bits, bytes.data(), sizeof bits);
    into = std::bit_cast<T>(detail::swap_if_little_endian(bits));
    return true;
  }
  static std::string explain(std::string_view bytes) {
    return detail::explain_number(sizeof(T), bytes);
  }

 private:
  using Bits = detail::UnsignedOfSize<sizeof(T)>;
};

}  // namespace weir
