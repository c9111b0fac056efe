#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "weir/avro/shapes.h"

/// The shapes (see shapes.h) of arrays, maps and unions.
namespace weir::avro {

/// An array: std::vector. Written as one block, read as any number of them.
template <class Item>
struct Array {
  template <class T>
  static std::size_t size(const std::vector<T>& values) {
    if (values.empty()) return 1;
    std::size_t size = size_of_long(static_cast<std::int64_t>(values.size())) + 1;
    for (const T& value : values) size += Item::size(value);
    return size;
  }
  template <class T>
  static char* write(const std::vector<T>& values, char* at) {
    if (!values.empty()) at = write_long(static_cast<std::int64_t>(values.size()), at);
    for (const T& value : values) at = Item::write(value, at);
    return write_long(0, at);
  }
  template <class T>
  static void read(Reader& reader, std::vector<T>& into) {
    into.clear();
    const auto reserve = [&](std::size_t count) {
      if (into.empty()) into.reserve(count);
    };
    reader.read_nested([&] {
      reader.read_blocks(reserve, [&] {
        T item{};
        Item::read(reader, item);
        into.push_back(std::move(item));
      });
    });
  }
};

/// A map: std::map, where the last of equal keys wins, or std::vector of pairs, which keeps all
/// keys in the order they came.
template <class Item>
struct Map {
  template <class Entries>
  static std::size_t size(const Entries& entries) {
    if (entries.empty()) return 1;
    std::size_t size = size_of_long(static_cast<std::int64_t>(entries.size())) + 1;
    for (const auto& [key, value] : entries) size += String::size(key) + Item::size(value);
    return size;
  }
  template <class Entries>
  static char* write(const Entries& entries, char* at) {
    if (!entries.empty()) at = write_long(static_cast<std::int64_t>(entries.size()), at);
    for (const auto& [key, value] : entries) at = Item::write(value, String::write(key, at));
    return write_long(0, at);
  }
  template <class Key, class T, class Less>
  static void read(Reader& reader, std::map<Key, T, Less>& into) {
    into.clear();
    read_entries<Key, T>(
        reader, [](std::size_t) {},
        [&](Key key, T value) { into.insert_or_assign(std::move(key), std::move(value)); });
  }
  template <class Key, class T>
  static void read(Reader& reader, std::vector<std::pair<Key, T>>& into) {
    into.clear();
    const auto reserve = [&](std::size_t count) {
      if (into.empty()) into.reserve(count);
    };
    read_entries<Key, T>(reader, reserve, [&](Key key, T value) {
      into.emplace_back(std::move(key), std::move(value));
    });
  }

 private:
  template <class Key, class T, class Reserve, class Add>
  static void read_entries(Reader& reader, Reserve reserve, Add add) {
    reader.read_nested([&] {
      reader.read_blocks(reserve, [&] {
        Key key;
        T value{};
        String::read(reader, key);
        Item::read(reader, value);
        add(std::move(key), std::move(value));
      });
    });
  }
};

/// The union of null and another type: std::optional. `kNullBranch` is the place of null in it.
template <class Item, int kNullBranch>
struct Optional {
  template <class T>
  static std::size_t size(const std::optional<T>& value) {
    return 1 + (value ? Item::size(*value) : 0);
  }
  template <class T>
  static char* write(const std::optional<T>& value, char* at) {
    at = write_long(value ? 1 - kNullBranch : kNullBranch, at);
    return value ? Item::write(*value, at) : at;
  }
  template <class T>
  static void read(Reader& reader, std::optional<T>& into) {
    if (reader.read_index(2) == kNullBranch) return into.reset();
    if (!into) into.emplace();
    Item::read(reader, *into);
  }
};
template <class Item>
using NullFirst = Optional<Item, 0>;
template <class Item>
using NullLast = Optional<Item, 1>;

/// Any other union: std::variant with the branches in the schema's order, null as std::monostate.
template <class... Branches>
struct Union {
  template <class Variant>
  static std::size_t size(const Variant& value) {
    return size_of_long(static_cast<std::int64_t>(value.index())) +
           on_branch(value.index(), [&]<std::size_t kIndex, class Branch>() {
             return Branch::size(*std::get_if<kIndex>(&value));
           });
  }
  template <class Variant>
  static char* write(const Variant& value, char* at) {
    at = write_long(static_cast<std::int64_t>(value.index()), at);
    return on_branch(value.index(), [&]<std::size_t kIndex, class Branch>() {
      return Branch::write(*std::get_if<kIndex>(&value), at);
    });
  }
  template <class Variant>
  static void read(Reader& reader, Variant& into) {
    const std::size_t index = reader.read_index(sizeof...(Branches));
    if (!reader.ok()) return;
    on_branch(index, [&]<std::size_t kIndex, class Branch>() {
      Branch::read(reader, into.template emplace<kIndex>());
      return 0;
    });
  }

 private:
  // Calls `function` with the branch of that index and its shape, and returns what it returns.
  template <class Function, std::size_t kIndex = 0>
  static auto on_branch(std::size_t index, const Function& function) {
    using Branch = std::tuple_element_t<kIndex, std::tuple<Branches...>>;
    if constexpr (kIndex + 1 < sizeof...(Branches)) {
      if (index != kIndex) return on_branch<Function, kIndex + 1>(index, function);
    }
    return function.template operator()<kIndex, Branch>();
  }
};

}  // namespace weir::avro
