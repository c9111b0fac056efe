#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

#include "weir/codec.h"
#include "weir/codecs/part.h"
#include "weir/codecs/scalars.h"

/// Codecs of values with a number of parts that their type says.
namespace weir {

namespace detail {

/// Parts one after the other: of a pair or a tuple.
template <class T, class... Parts>
struct PartsInTurn {
  static constexpr std::size_t kLeast = (std::size_t{0} + ... + PartOf<Parts>::kLeast);
  static std::size_t size(const T& value) {
    return std::apply(
        [](const Parts&... part) { return (std::size_t{0} + ... + PartOf<Parts>::size(part)); },
        value);
  }
  static char* write(const T& value, char* at) {
    std::apply([&at](const Parts&... part) { ((at = PartOf<Parts>::write(part, at)), ...); },
               value);
    return at;
  }
  static bool read([[maybe_unused]] PartReader& in, T& into) {
    return std::apply([&in](Parts&... part) { return (PartOf<Parts>::read(in, part) && ...); },
                      into);
  }
};

template <class T, std::size_t kSize>
struct ArrayPart {
  using Value = std::array<T, kSize>;
  static constexpr std::size_t kLeast = kSize * PartOf<T>::kLeast;
  static std::size_t size(const Value& value) {
    std::size_t size = 0;
    for (const T& item : value) size += PartOf<T>::size(item);
    return size;
  }
  static char* write(const Value& value, char* at) {
    for (const T& item : value) at = PartOf<T>::write(item, at);
    return at;
  }
  static bool read(PartReader& in, Value& into) {
    for (T& item : into) {
      if (!PartOf<T>::read(in, item)) return false;
    }
    return true;
  }
};

template <class T>
struct OptionalPart {
  using Value = std::optional<T>;
  static constexpr std::size_t kLeast = 1;
  static std::size_t size(const Value& value) { return 1 + (value ? PartOf<T>::size(*value) : 0); }
  static char* write(const Value& value, char* at) {
    at = BoolPart::write(value.has_value(), at);
    return value ? PartOf<T>::write(*value, at) : at;
  }
  static bool read(PartReader& in, Value& into) {
    bool has_value = false;
    if (!BoolPart::read(in, has_value)) return false;
    if (!has_value) return into.reset(), true;
    if (!into) into.emplace();
    return PartOf<T>::read(in, *into);
  }
};

struct NothingPart {
  static constexpr std::size_t kLeast = 0;
  static std::size_t size(std::monostate) { return 0; }
  static char* write(std::monostate, char* at) { return at; }
  static bool read(PartReader&, std::monostate&) { return true; }
};

template <class... Parts>
struct VariantPart {
  using Value = std::variant<Parts...>;
  static constexpr std::size_t kLeast = 1;
  static std::size_t size(const Value& value) {
    return count_size(value.index()) +
           std::visit([]<class T>(const T& part) { return PartOf<T>::size(part); }, value);
  }
  static char* write(const Value& value, char* at) {
    at = write_count(value.index(), at);
    return std::visit([at]<class T>(const T& part) { return PartOf<T>::write(part, at); }, value);
  }
  static bool read(PartReader& in, Value& into) {
    const std::size_t before = in.left();
    const auto index = in.number();
    if (!index) return false;
    if (*index >= sizeof...(Parts)) {
      return in.fail("the variant has no such alternative", before - in.left());
    }
    return read_alternative(in, into, *index, std::index_sequence_for<Parts...>());
  }

 private:
  template <std::size_t... kIndexes>
  static bool read_alternative(PartReader& in, Value& into, std::uint64_t index,
                               std::index_sequence<kIndexes...>) {
    return ((index == kIndexes && read_as<kIndexes>(in, into)) || ...);
  }
  template <std::size_t kIndex>
  static bool read_as(PartReader& in, Value& into) {
    if (into.index() != kIndex) into.template emplace<kIndex>();
    using T = std::variant_alternative_t<kIndex, Value>;
    return PartOf<T>::read(in, *std::get_if<kIndex>(&into));
  }
};

}  // namespace detail

/// The parts, one after the other.
template <detail::IsPart A, detail::IsPart B>
struct Codec<std::pair<A, B>>
    : detail::CodecOfPart<std::pair<A, B>, detail::PartsInTurn<std::pair<A, B>, A, B>> {};
template <detail::IsPart... Parts>
struct Codec<std::tuple<Parts...>>
    : detail::CodecOfPart<std::tuple<Parts...>,
                          detail::PartsInTurn<std::tuple<Parts...>, Parts...>> {};
template <detail::IsPart T, std::size_t kSize>
struct Codec<std::array<T, kSize>>
    : detail::CodecOfPart<std::array<T, kSize>, detail::ArrayPart<T, kSize>> {};

/// A byte 0, or a byte 1 and the value.
template <detail::IsPart T>
struct Codec<std::optional<T>> : detail::CodecOfPart<std::optional<T>, detail::OptionalPart<T>> {};

/// Nothing.
template <>
struct Codec<std::monostate> : detail::CodecOfPart<std::monostate, detail::NothingPart> {};

/// The index of the alternative as a count, and the alternative. One without a value, as a throwing
/// constructor leaves it, cannot be written: std::bad_variant_access.
template <detail::IsPart... Parts>
struct Codec<std::variant<Parts...>>
    : detail::CodecOfPart<std::variant<Parts...>, detail::VariantPart<Parts...>> {};

}  // namespace weir
