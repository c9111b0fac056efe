#pragma once

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "wire/reader.h"
#include "wire/write_visitor.h"

namespace weir::wire::detail {

/// Reads fields from a Reader and remembers which one was malformed.
class ReadVisitor {
 public:
  ReadVisitor(Reader& reader, Encoding encoding) : reader_(reader), encoding_(encoding) {}

  /// The first field that could not be read; empty if the tag section behind the fields could not.
  std::string_view bad_field() const { return bad_field_; }

  template <class Field>
  void operator()(const char* name, Field& field, Versions versions = {}, Versions nullable = {}) {
    if (!versions.contain(encoding_.version) || !reader_.ok()) return;
    if constexpr (requires { field.has_value(); }) {
      optional(field, nullable.contain(encoding_.version));
    } else {
      value(field);
    }
    if (!reader_.ok() && bad_field_.empty()) bad_field_ = name;
  }

  template <class Field>
  void tagged(std::uint32_t, const char*, Field&, Versions,
              const std::type_identity_t<Field>& = {}) {}

  template <class Struct>
    requires std::is_class_v<Struct>
  void value(Struct& message) {
    Struct::describe(message, *this);
    if (encoding_.flexible) tag_section(message);
  }

 private:
  /// Reads the one tagged field that `tag` names, if the message has it.
  struct TagReader {
    ReadVisitor& reader;
    std::uint64_t tag;
    bool found = false;

    template <class... Untagged>
    void operator()(Untagged&&...) {}
    template <class Field>
    void tagged(std::uint32_t own_tag, const char* name, Field& field, Versions versions,
                const std::type_identity_t<Field>& = {}) {
      if (own_tag != tag || !versions.contain(reader.encoding_.version)) return;
      found = true;
      reader(name, field);
    }
  };

  template <class Struct>
  void tag_section(Struct& message) {
    for (std::uint64_t left = reader_.unsigned_varint(); left > 0 && reader_.ok(); --left) {
      const std::uint64_t tag = reader_.unsigned_varint();
      const std::uint64_t size = reader_.unsigned_varint();
      Reader content(reader_.bytes(size));
      if (!reader_.ok()) return;
      ReadVisitor inner(content, encoding_);
      TagReader tags{inner, tag};
      Struct::describe(message, tags);
      const bool whole = content.ok() && content.remaining() == 0;
      if (!tags.found || whole) continue;
      bad_field_ = inner.bad_field_;
      reader_.fail();
    }
  }

  void value(bool& flag) { flag = reader_.integer<std::int8_t>() != 0; }
  template <std::integral Int>
  void value(Int& number) {
    number = reader_.integer<Int>();
  }
  void value(Uuid& uuid) {
    const std::string_view bytes = reader_.bytes(uuid.bytes.size());
    std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
  }
  void value(std::string_view& text) { text = string_of(length<std::int16_t>()); }
  void value(ClassicString& string) {
    ReadVisitor(reader_, {encoding_.version, false})("", string.text);
  }
  void value(Bytes& bytes) { bytes.view = bytes_of(length<std::int32_t>()); }
  void value(Records& records) {
    const std::int64_t size = length<std::int32_t>();
    records.view = size == kNull ? std::string_view() : bytes_of(size);
  }
  template <class Element>
  void value(std::vector<Element>& elements) {
    elements_of(length<std::int32_t>(), elements);
  }

  template <class T>
  void optional(std::optional<T>& field, bool nullable) {
    using Length =
        std::conditional_t<std::is_same_v<T, std::string_view>, std::int16_t, std::int32_t>;
    const std::int64_t size = length<Length>();
    field.reset();
    if (size == kNull && nullable) return;
    if constexpr (std::is_same_v<T, std::string_view>) {
      field = string_of(size);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      field = Bytes{bytes_of(size)};
    } else {
      elements_of(size, field.emplace());
    }
  }

  static constexpr std::int64_t kNull = -1;

  /// Reads a length: kNull, or what a caller must hold against what is there.
  template <class ClassicInt>
  std::int64_t length() {
    if (!encoding_.flexible) return reader_.integer<ClassicInt>();
    return static_cast<std::int64_t>(reader_.unsigned_varint() - 1);  // 0 is null
  }
  std::string_view bytes_of(std::int64_t size) {
    if (size < 0) {
      reader_.fail();
      return {};
    }
    return reader_.bytes(static_cast<std::uint64_t>(size));
  }
  std::string_view string_of(std::int64_t size) {
    return bytes_of(size > static_cast<std::int64_t>(kMaxStringSize) ? kNull : size);
  }
  template <class Element>
  void elements_of(std::int64_t count, std::vector<Element>& elements) {
    elements.clear();
    // What the smallest possible element takes bounds how many there can be: a lie costs nothing.
    ByteCounter smallest;
    WriteVisitor<ByteCounter>(smallest, encoding_).value(Element{});
    if (count < 0 || static_cast<std::uint64_t>(count) > reader_.remaining() / smallest.size()) {
      return reader_.fail();
    }
    elements.reserve(static_cast<std::size_t>(count));
    for (; count > 0 && reader_.ok(); --count) value(elements.emplace_back());
  }

  Reader& reader_;
  Encoding encoding_;
  std::string_view bad_field_;
};

}  // namespace weir::wire::detail
