#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "weir/codec.h"
#include "weir/codecs/part.h"

namespace weir {

namespace detail {

/// The integers that weir/codec.h has no codec for, as no serializer of Kafka's has them.
template <class T>
concept OtherInteger =
    std::integral<T> && !std::same_as<T, bool> && !KafkaNumber<T> && sizeof(T) <= 8;

struct BoolPart {
  static constexpr std::size_t kLeast = 1;
  static std::size_t size(bool) { return 1; }
  static char* write(bool value, char* at) {
    *at = value ? 1 : 0;
    return at + 1;
  }
  static bool read(PartReader& in, bool& into) {
    const auto byte = in.take(1);
    if (!byte) return false;
    const char value = byte->front();
    if (value != 0 && value != 1) return in.fail("a bool is a byte 0 or 1", 1);
    into = value == 1;
    return true;
  }
};

template <class T>
struct EnumPart {
  using Number = std::underlying_type_t<T>;
  static constexpr std::size_t kLeast = PartOf<Number>::kLeast;
  static std::size_t size(T value) { return PartOf<Number>::size(static_cast<Number>(value)); }
  static char* write(T value, char* at) {
    return PartOf<Number>::write(static_cast<Number>(value), at);
  }
  static bool read(PartReader& in, T& into) {
    Number number{};
    if (!PartOf<Number>::read(in, number)) return false;
    into = static_cast<T>(number);
    return true;
  }
};

}  // namespace detail

/// A byte, 0 or 1.
template <>
struct Codec<bool> : detail::CodecOfPart<bool, detail::BoolPart> {};

/// Big-endian, all their bytes.
template <detail::OtherInteger T>
struct Codec<T> : detail::CodecOfPart<T, detail::NumberPart<T>> {};

/// The number beneath. Every number of its type is read, also one that has no enumerator.
template <class T>
  requires std::is_enum_v<T>
struct Codec<T> : detail::CodecOfPart<T, detail::EnumPart<T>> {};

}  // namespace weir
