#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <variant>

#include "weir/avro/binary.h"
#include "weir/avro/box.h"

/// One type for each of Avro's types, named after it: a shape says how a C++ value is encoded.
/// Shapes compose as schemas do, `Array<NullFirst<Long>>`, and each serves owning and view types
/// alike, `std::string` as well as `std::string_view`. The generated codecs are made of them.
///
/// A shape has three static functions: `size(value)`, `write(value, at)`, which returns the end,
/// and `read(reader, into)`, which sets all of `into` unless the reader has failed.
namespace weir::avro {

/// Lists a record's fields with their shapes, in the schema's order, for its owning and its view
/// type. Specialised by generated code:
///
///   template <class Record, class Visitor>
///   static void describe(Record& record, Visitor& visit) {
///     visit(record.username, String());
///   }
template <class T>
struct Layout;

struct Null {
  static std::size_t size(std::monostate) { return 0; }
  static char* write(std::monostate, char* at) { return at; }
  static void read(Reader&, std::monostate&) {}
};

struct Boolean {
  static std::size_t size(bool) { return 1; }
  static char* write(bool value, char* at) {
    *at = value ? 1 : 0;
    return at + 1;
  }
  static void read(Reader& reader, bool& into) { into = reader.read_boolean(); }
};

struct Int {
  static std::size_t size(std::int32_t value) { return size_of_long(value); }
  static char* write(std::int32_t value, char* at) { return write_long(value, at); }
  static void read(Reader& reader, std::int32_t& into) { into = reader.read_int(); }
};

struct Long {
  static std::size_t size(std::int64_t value) { return size_of_long(value); }
  static char* write(std::int64_t value, char* at) { return write_long(value, at); }
  static void read(Reader& reader, std::int64_t& into) { into = reader.read_long(); }
};

struct Float {
  static std::size_t size(float) { return sizeof(float); }
  static char* write(float value, char* at) { return write_float(value, at); }
  static void read(Reader& reader, float& into) { into = reader.read_float(); }
};

struct Double {
  static std::size_t size(double) { return sizeof(double); }
  static char* write(double value, char* at) { return write_double(value, at); }
  static void read(Reader& reader, double& into) { into = reader.read_double(); }
};

/// Bytes: std::string or std::string_view.
struct Bytes {
  static std::size_t size(std::string_view value) { return size_of_bytes(value.size()); }
  static char* write(std::string_view value, char* at) { return write_bytes(value, at); }
  template <class Text>
  static void read(Reader& reader, Text& into) {
    into = reader.read_bytes();
  }
};

/// A string: std::string or std::string_view. That it is UTF-8 is not checked, neither when it is
/// read nor when it is written: what came in goes out again, byte for byte.
struct String : Bytes {};

template <std::size_t kSize>
struct Fixed {
  using Value = std::array<char, kSize>;
  static std::size_t size(const Value&) { return kSize; }
  static char* write(const Value& value, char* at) {
    return write_raw({value.data(), value.size()}, at);
  }
  static void read(Reader& reader, Value& into) {
    const std::string_view bytes = reader.read_raw(kSize);
    if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), kSize);
  }
};

/// An enum class whose enumerators are the schema's `kCount` symbols, counted from 0.
template <std::size_t kCount>
struct Enum {
  template <class Symbol>
  static std::size_t size(Symbol value) {
    return size_of_long(static_cast<std::int64_t>(value));
  }
  template <class Symbol>
  static char* write(Symbol value, char* at) {
    return write_long(static_cast<std::int64_t>(value), at);
  }
  template <class Symbol>
  static void read(Reader& reader, Symbol& into) {
    into = static_cast<Symbol>(reader.read_index(kCount));
  }
};

namespace detail {

struct SizeVisitor {
  std::size_t size = 0;
  template <class T, class Shape>
  void operator()(const T& field, Shape) {
    size += Shape::size(field);
  }
};

struct WriteVisitor {
  char* at;
  template <class T, class Shape>
  void operator()(const T& field, Shape) {
    at = Shape::write(field, at);
  }
};

struct ReadVisitor {
  Reader& reader;
  template <class T, class Shape>
  void operator()(T& field, Shape) {
    Shape::read(reader, field);
  }
};

}  // namespace detail

/// A record: a generated struct, owning or view, that has a Layout.
struct Record {
  template <class T>
  static std::size_t size(const T& value) {
    detail::SizeVisitor visitor;
    Layout<T>::describe(value, visitor);
    return visitor.size;
  }
  template <class T>
  static char* write(const T& value, char* at) {
    detail::WriteVisitor visitor{at};
    Layout<T>::describe(value, visitor);
    return visitor.at;
  }
  template <class T>
  static void read(Reader& reader, T& into) {
    reader.read_nested([&] {
      detail::ReadVisitor visitor{reader};
      Layout<T>::describe(into, visitor);
    });
  }
};

/// What `Item` encodes, in a Box.
template <class Item>
struct Boxed {
  template <class T>
  static std::size_t size(const Box<T>& value) {
    return Item::size(*value);
  }
  template <class T>
  static char* write(const Box<T>& value, char* at) {
    return Item::write(*value, at);
  }
  template <class T>
  static void read(Reader& reader, Box<T>& into) {
    // Not read in place: `into` may have been moved from.
    T value{};
    Item::read(reader, value);
    into = Box<T>(std::move(value));
  }
};

}  // namespace weir::avro
