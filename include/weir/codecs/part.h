#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "weir/codec.h"
#include "weir/codecs/part_reader.h"

namespace weir::detail {

/// How a T stands within a composite value. All have
///
///   static constexpr std::size_t kLeast;      // no T has fewer bytes
///   static std::size_t size(const T&);
///   static char* write(const T&, char* at);   // writes size() bytes and returns their end
///   static bool read(PartReader&, T& into);   // on false, the reader knows why
///
/// and say by themselves where they end. The codecs here name theirs as `Codec<T>::Part`. Numbers
/// are as their Codec has them; everything else, such as a string or a type of the user's own, is
/// the length of what its Codec writes, and that.
template <class T>
struct LengthPart {
  static constexpr std::size_t kLeast = 1;
  static std::size_t size(const T& value) {
    const std::size_t length = Codec<T>::size(value);
    return count_size(length) + length;
  }
  static char* write(const T& value, char* at) {
    return Codec<T>::write(value, write_count(Codec<T>::size(value), at));
  }
  static bool read(PartReader& in, T& into) {
    const auto length = in.count(1);
    if (!length) return false;
    const std::string_view bytes = *in.take(*length);
    return Codec<T>::read(bytes, into) || in.fail_within(bytes, &Codec<T>::explain);
  }
};

/// Big-endian; signed in two's complement, floating point as its IEEE 754 bits.
template <class T>
struct NumberPart {
  static constexpr std::size_t kLeast = sizeof(T);
  static std::size_t size(const T&) { return sizeof(T); }
  static char* write(const T& value, char* at) {
    const Bits bits = in_order(std::bit_cast<Bits>(value));
    std::memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
  }
  static bool read(PartReader& in, T& into) {
    const auto bytes = in.take(sizeof(T));
    if (!bytes) return false;
    Bits bits;
    std::memcpy(&bits, bytes->data(), sizeof bits);
    into = std::bit_cast<T>(in_order(bits));
    return true;
  }

 private:
  using Bits = std::conditional_t<sizeof(T) == 1, std::uint8_t, UnsignedOfSize<sizeof(T)>>;
  static Bits in_order(Bits bits) {
    if constexpr (sizeof bits == 1) {
      return bits;
    } else {
      return swap_if_little_endian(bits);
    }
  }
};

template <class T>
struct PartChoice {
  using Type = LengthPart<T>;
};
template <class T>
  requires requires { typename Codec<T>::Part; }
struct PartChoice<T> {
  using Type = typename Codec<T>::Part;
};
template <KafkaNumber T>
struct PartChoice<T> {
  using Type = NumberPart<T>;
};
template <class T>
using PartOf = typename PartChoice<T>::Type;

/// Holds for what a composite value may be made of.
template <class T>
concept IsPart = HasCodec<T> && std::default_initializable<T>;

/// Holds for what there may be any number of: had it no bytes, a count could say anything.
template <class T>
concept IsItem = IsPart<T> && (PartOf<T>::kLeast > 0);

/// The four functions of a Codec, for a value whose bytes are those of a part.
template <class T, class HowItIsWritten>
struct CodecOfPart {
  using Part = HowItIsWritten;

  static std::size_t size(const T& value) { return Part::size(value); }
  static char* write(const T& value, char* at) { return Part::write(value, at); }
  static bool read(std::string_view bytes, T& into) {
    PartReader in(bytes);
    return Part::read(in, into) && in.finish();
  }
  static std::string explain(std::string_view bytes) {
    PartReader in(bytes);
    T value{};
    if (Part::read(in, value)) in.finish();
    return in.explain();
  }
};

}  // namespace weir::detail
