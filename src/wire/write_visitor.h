#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "wire/schema.h"

/// Writing and sizing: one visitor over two kinds of output.
namespace weir::wire::detail {

/// The protocol's limit for a string's bytes, in both encodings.
inline constexpr std::size_t kMaxStringSize = 32767;

/// What a visitor must know of the version at hand.
struct Encoding {
  std::int16_t version;
  bool flexible;
};

/// Counts bytes in a Writer's place.
class ByteCounter {
 public:
  template <class Int>
  void integer(Int) {
    size_ += sizeof(Int);
  }
  void unsigned_varint(std::uint64_t value) {
    for (++size_; value >= 0x80; value >>= 7) ++size_;
  }
  void bytes(std::string_view bytes) { size_ += bytes.size(); }
  void reference(std::string_view bytes) { size_ += bytes.size(); }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

/// Writes fields to a Writer or a ByteCounter.
template <class Out>
class WriteVisitor {
 public:
  WriteVisitor(Out& out, Encoding encoding) : out_(out), encoding_(encoding) {}

  template <class Field>
  void operator()(const char*, const Field& field, Versions versions = {}, Versions nullable = {}) {
    if (!versions.contain(encoding_.version)) return;
    if constexpr (requires { field.has_value(); }) {
      optional(field, nullable.contain(encoding_.version));
    } else {
      value(field);
    }
  }

  template <class Field>
  void tagged(std::uint32_t, const char*, const Field&, Versions,
              const std::type_identity_t<Field>& = {}) {}

  void value(bool flag) { out_.template integer<std::int8_t>(flag ? 1 : 0); }
  template <std::integral Int>
  void value(Int number) {
    out_.integer(number);
  }
  void value(const Uuid& uuid) { out_.bytes({uuid.bytes.data(), uuid.bytes.size()}); }
  void value(std::string_view text) {
    text = text.substr(0, kMaxStringSize);
    length<std::int16_t>(text.size());
    out_.bytes(text);
  }
  void value(const ClassicString& string) {
    WriteVisitor(out_, {encoding_.version, false})("", string.text);
  }
  void value(const Bytes& bytes) {
    length<std::int32_t>(bytes.view.size());
    out_.bytes(bytes.view);
  }
  void value(const Records& records) {
    length<std::int32_t>(records.view.size());
    out_.reference(records.view);
  }
  template <class Element>
  void value(const std::vector<Element>& elements) {
    length<std::int32_t>(elements.size());
    for (const Element& element : elements) value(element);
  }
  template <class Struct>
    requires std::is_class_v<Struct>
  void value(const Struct& message) {
    Struct::describe(message, *this);
    if (encoding_.flexible) tag_section(message);
  }

 private:
  struct TagCounter {
    std::int16_t version;
    std::uint32_t count = 0;

    template <class... Untagged>
    void operator()(const Untagged&...) {}
    template <class Field>
    void tagged(std::uint32_t, const char*, const Field& field, Versions versions,
                const std::type_identity_t<Field>& otherwise = {}) {
      if (versions.contain(version) && field != otherwise) ++count;
    }
  };

  struct TagWriter {
    WriteVisitor& writer;

    template <class... Untagged>
    void operator()(const Untagged&...) {}
    template <class Field>
    void tagged(std::uint32_t tag, const char* name, const Field& field, Versions versions,
                const std::type_identity_t<Field>& otherwise = {}) {
      if (!versions.contain(writer.encoding_.version) || field == otherwise) return;
      ByteCounter counter;
      WriteVisitor<ByteCounter>(counter, writer.encoding_)(name, field);
      writer.out_.unsigned_varint(tag);
      writer.out_.unsigned_varint(counter.size());
      writer(name, field);
    }
  };

  template <class Struct>
  void tag_section(const Struct& message) {
    TagCounter counter{encoding_.version};
    Struct::describe(message, counter);
    out_.unsigned_varint(counter.count);
    if (counter.count == 0) return;
    TagWriter tags{*this};
    Struct::describe(message, tags);
  }

  template <class T>
  void optional(const std::optional<T>& field, bool nullable) {
    if (field) return value(*field);
    if (!nullable) return value(T{});
    if (encoding_.flexible) return out_.unsigned_varint(0);
    using Length =
        std::conditional_t<std::is_same_v<T, std::string_view>, std::int16_t, std::int32_t>;
    out_.integer(Length{-1});
  }

  template <class ClassicInt>
  void length(std::size_t size) {
    if (encoding_.flexible) return out_.unsigned_varint(size + 1);
    out_.integer(static_cast<ClassicInt>(size));
  }

  Out& out_;
  Encoding encoding_;
};

}  // namespace weir::wire::detail
