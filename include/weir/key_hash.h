#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

#include "weir/codecs/containers.h"
#include "weir/memory_of.h"
#include "weir/mix.h"

namespace weir::detail {

template <class K>
concept HasStdHash = requires(const K& key) {
  { std::hash<K>()(key) } -> std::convertible_to<std::size_t>;
};

template <class K>
consteval bool has_hash();

template <class Product, std::size_t... kPlaces>
consteval bool parts_have_hashes(std::index_sequence<kPlaces...>) {
  return (has_hash<std::tuple_element_t<kPlaces, Product>>() && ...);
}
template <class... Parts>
consteval bool alternatives_have_hashes(const std::variant<Parts...>*) {
  return (has_hash<Parts>() && ...);
}

/// True for what KeyHash can hash.
template <class K>
consteval bool has_hash() {
  if constexpr (HasStdHash<K>) {
    return true;
  } else if constexpr (kIsUnordered<K>) {
    return false;  // equal ones have different orders
  } else if constexpr (kIsVariant<K>) {
    return alternatives_have_hashes(static_cast<const K*>(nullptr));
  } else if constexpr (requires(const K& key) { key.has_value(), *key; }) {
    return has_hash<std::remove_cvref_t<decltype(*std::declval<const K&>())>>();
  } else if constexpr (requires(const K& key) { key.begin() != key.end(); }) {
    return has_hash<std::remove_cvref_t<decltype(*std::declval<const K&>().begin())>>();
  } else if constexpr (requires { std::tuple_size<K>::value; }) {
    return parts_have_hashes<K>(std::make_index_sequence<std::tuple_size_v<K>>());
  } else {
    return false;
  }
}

/// Hashes by std::hash where there is one; pairs, tuples, variants, optional values and ordered
/// containers by the hashes of their parts.
template <class K>
struct KeyHash {
  std::size_t operator()(const K& key) const {
    if constexpr (HasStdHash<K>) {
      return std::hash<K>()(key);
    } else if constexpr (kIsVariant<K>) {
      const auto of_part = [](const auto& part) { return hash_of(part); };
      return with(key.index(), std::visit(of_part, key));
    } else if constexpr (requires { key.has_value(), *key; }) {
      return key.has_value() ? with(1, hash_of(*key)) : 0;
    } else if constexpr (requires { key.begin() != key.end(); }) {
      std::size_t hash = 0;
      for (const auto& item : key) hash = with(hash, hash_of(item));
      return hash;
    } else {
      std::size_t hash = 0;
      std::apply([&](const auto&... part) { ((hash = with(hash, hash_of(part))), ...); }, key);
      return hash;
    }
  }

 private:
  template <class Part>
  static std::size_t hash_of(const Part& part) {
    return KeyHash<Part>()(part);
  }
  /// The order of parts counts, and so does each of them.
  static std::size_t with(std::size_t before, std::size_t hash) { return mix(before + 1) ^ hash; }
};

/// A hash map whose keys may be what std::hash does not know.
template <class K, class V>
using KeyMap =
    std::unordered_map<K, V, std::conditional_t<HasStdHash<K>, std::hash<K>, KeyHash<K>>>;

}  // namespace weir::detail
