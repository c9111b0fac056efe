#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "weir/codec.h"
#include "weir/codecs/part.h"

/// Codecs of values with any number of items. What is read costs memory by the items that were
/// there, never by what a count says.
namespace weir {

namespace detail {

/// A count and the items. `T` is what the container is written as having.
template <class Container, class T>
struct ContainerPart {
  static constexpr std::size_t kLeast = 1;
  static std::size_t size(const Container& value) {
    std::size_t size = count_size(value.size());
    for (const auto& item : value) size += size_of(item);
    return size;
  }
  static char* write(const Container& value, char* at) {
    at = write_count(value.size(), at);
    for (const auto& item : value) at = write_item(item, at);
    return at;
  }

 private:
  static std::size_t size_of(const T& item) { return PartOf<T>::size(item); }
  static char* write_item(const T& item, char* at) { return PartOf<T>::write(item, at); }
  template <class K, class V>
  static std::size_t size_of(const std::pair<const K, V>& item) {
    return PartOf<K>::size(item.first) + PartOf<V>::size(item.second);
  }
  template <class K, class V>
  static char* write_item(const std::pair<const K, V>& item, char* at) {
    return PartOf<V>::write(item.second, PartOf<K>::write(item.first, at));
  }
};

template <class T, class Allocator>
struct VectorPart : ContainerPart<std::vector<T, Allocator>, T> {
  using Value = std::vector<T, Allocator>;
  static bool read(PartReader& in, Value& into) {
    const auto count = in.count(PartOf<T>::kLeast);
    if (!count) return false;
    if (sizeof(T) <= kMostPerByte * PartOf<T>::kLeast) into.reserve(*count);
    if (into.size() > *count) into.resize(*count);
    for (std::size_t i = 0; i < *count; ++i) {
      if (!read_item(in, into, i)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kMostPerByte = 32;  // of memory made before the items are seen
  // What the vector had before is read into, so that what that owns is used again.
  static bool read_item(PartReader& in, Value& into, std::size_t i) {
    if constexpr (std::is_same_v<T, bool>) {
      bool item = false;
      if (!PartOf<T>::read(in, item)) return false;
      if (i == into.size()) into.push_back(item);
      into[i] = item;
      return true;
    } else {
      if (i == into.size()) into.emplace_back();
      return PartOf<T>::read(in, into[i]);
    }
  }
};

inline constexpr const char* kTwice = "a key of a map or set occurs twice";
inline constexpr const char* kOutOfOrder = "the keys of a map or set are not in its order";

template <class Container>
inline constexpr bool kHashes = requires { typename Container::hasher; };

/// Reads the items of a map or a set. Sorted ones must come in their order, and be all different,
/// so that a value has one form in bytes.
template <class Container, class T>
struct KeyedPart : ContainerPart<Container, T> {
  static bool read(PartReader& in, Container& into) {
    into.clear();
    const auto count = in.count(PartOf<T>::kLeast);
    if (!count) return false;
    for (std::size_t i = 0; i < *count; ++i) {
      const std::size_t before = in.left();
      T item{};
      if (!PartOf<T>::read(in, item)) return false;
      const char* wrong = add(into, std::move(item));
      if (wrong != nullptr) return in.fail(wrong, before - in.left());
    }
    return true;
  }

 private:
  static const char* add(Container& into, T&& item) {
    const std::size_t before = into.size();
    if constexpr (kHashes<Container>) {
      into.insert(std::move(item));
    } else {
      const auto at = into.insert(into.end(), std::move(item));
      if (into.size() > before && std::next(at) != into.end()) return kOutOfOrder;
    }
    return into.size() > before ? nullptr : kTwice;
  }
};

template <class Map>
using MapCodec =
    CodecOfPart<Map, KeyedPart<Map, std::pair<typename Map::key_type, typename Map::mapped_type>>>;
template <class Set>
using SetCodec = CodecOfPart<Set, KeyedPart<Set, typename Set::key_type>>;

/// True for a type whose equal values may have different bytes, as the order of what it holds is
/// not theirs: the unordered containers, and what holds one in a standard template.
template <class T>
struct IsUnordered : std::bool_constant<kHashes<T>> {};
template <class T, std::size_t kSize>
struct IsUnordered<std::array<T, kSize>> : IsUnordered<T> {};
template <template <class...> class Outer, class... Parts>
struct IsUnordered<Outer<Parts...>>
    : std::bool_constant<kHashes<Outer<Parts...>> ||
                         (IsUnordered<std::remove_cv_t<Parts>>::value || ...)> {};

}  // namespace detail

/// True for a type of which equal values may have different bytes: an unordered container, or what
/// holds one in a standard container, pair, tuple, optional or variant. It can be no key.
template <class T>
inline constexpr bool kIsUnordered = detail::IsUnordered<std::remove_cvref_t<T>>::value;

/// The count of the items, and each of them.
template <detail::IsItem T, class Allocator>
struct Codec<std::vector<T, Allocator>>
    : detail::CodecOfPart<std::vector<T, Allocator>, detail::VectorPart<T, Allocator>> {};

/// The count, and each key, of a map with its value behind it. Sorted containers are written and
/// read in their order; the others in any, so the same value may have other bytes next time.
template <detail::IsItem K, class Compare, class Allocator>
struct Codec<std::set<K, Compare, Allocator>> : detail::SetCodec<std::set<K, Compare, Allocator>> {
};
template <detail::IsItem K, class Hash, class Equal, class Allocator>
struct Codec<std::unordered_set<K, Hash, Equal, Allocator>>
    : detail::SetCodec<std::unordered_set<K, Hash, Equal, Allocator>> {};
template <detail::IsItem K, detail::IsPart V, class Compare, class Allocator>
struct Codec<std::map<K, V, Compare, Allocator>>
    : detail::MapCodec<std::map<K, V, Compare, Allocator>> {};
template <detail::IsItem K, detail::IsPart V, class Hash, class Equal, class Allocator>
struct Codec<std::unordered_map<K, V, Hash, Equal, Allocator>>
    : detail::MapCodec<std::unordered_map<K, V, Hash, Equal, Allocator>> {};

}  // namespace weir
