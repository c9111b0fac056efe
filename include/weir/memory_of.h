#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/codec.h"

namespace weir::detail {

template <class T>
inline constexpr bool kIsVariant = false;
template <class... Parts>
inline constexpr bool kIsVariant<std::variant<Parts...>> = true;

/// Holds for a type that says itself how much memory a value holds, all in all.
template <class T>
concept SaysItsMemory = requires(const T& value) {
  { value.memory_bytes() } -> std::same_as<std::size_t>;
};

template <class T>
std::size_t memory_of(const T& value);

/// Returns about how many bytes a value holds beside its own sizeof.
template <class T>
std::size_t memory_beside(const T& value) {
  return memory_of(value) - sizeof(T);
}

/// Returns about how many bytes the items of a container hold, with what links them to each other.
template <class Container>
std::size_t memory_of_items(const Container& items) {
  using Item = std::decay_t<decltype(*items.begin())>;
  constexpr std::size_t kLinks = requires { typename Container::node_type; } ? 32 : 0;
  if constexpr (std::is_trivially_destructible_v<Item>) {
    return items.size() * (sizeof(Item) + kLinks);
  } else {
    std::size_t bytes = items.size() * kLinks;
    for (const auto& item : items) bytes += memory_of<Item>(item);
    return bytes;
  }
}

/// memory_of() for what may own memory.
template <class T>
std::size_t memory_of_owner(const T& value) {
  if constexpr (kIsVariant<T>) {
    return sizeof(T) + std::visit([](const auto& part) { return memory_beside(part); }, value);
  } else if constexpr (requires { value.has_value(), *value; }) {
    return sizeof(T) + (value.has_value() ? memory_beside(*value) : 0);
  } else if constexpr (requires { std::tuple_size<T>::value; }) {
    const auto beside = [](const auto&... part) {
      return (std::size_t{0} + ... + memory_beside(part));
    };
    return sizeof(T) + std::apply(beside, value);
  } else if constexpr (requires { value.size(), *value.begin(); }) {
    return sizeof(T) + memory_of_items(value);
  } else if constexpr (HasCodec<T>) {
    return sizeof(T) + Codec<T>::size(value);
  } else {
    return sizeof(T);
  }
}

/// Returns about how many bytes of memory a value holds, its own sizeof among them. For a type that
/// weir knows nothing of but its Codec, as many more as its bytes are.
template <class T>
std::size_t memory_of(const T& value) {
  if constexpr (SaysItsMemory<T>) {
    return value.memory_bytes();
  } else if constexpr (std::is_trivially_destructible_v<T>) {
    return sizeof(T);
  } else {
    return memory_of_owner(value);
  }
}

}  // namespace weir::detail
