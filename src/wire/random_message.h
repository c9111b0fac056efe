#pragma once

#include <concepts>
#include <deque>
#include <random>
#include <string>
#include <type_traits>

#include "wire/schema.h"

/// For tests and fuzz corpora only: messages with random contents.
namespace weir::wire {

/// Fills the fields that a version has with random values. Keeps the bytes that views point to.
class RandomVisitor {
 public:
  RandomVisitor(std::int16_t version, std::uint32_t seed) : version_(version), random_(seed) {}

  template <class Field>
  void operator()(const char*, Field& field, Versions versions = {}, Versions nullable = {}) {
    if (!versions.contain(version_)) return;
    if constexpr (requires { field.has_value(); }) {
      field.reset();
      if (!nullable.contain(version_) || below(4) > 0) value(field.emplace());
    } else {
      value(field);
    }
  }

  template <class Field>
  void tagged(std::uint32_t, const char* name, Field& field, Versions versions,
              const std::type_identity_t<Field>& = {}) {
    if (below(2) == 0) (*this)(name, field, versions);
  }

  template <class Struct>
    requires std::is_class_v<Struct>
  void value(Struct& message) {
    Struct::describe(message, *this);
  }

 private:
  void value(bool& flag) { flag = below(2) == 1; }
  template <std::integral Int>
  void value(Int& number) {
    number = static_cast<Int>(random_() >> below(33));
  }
  void value(std::string_view& text) { text = bytes(); }
  void value(Uuid& uuid) {
    for (char& byte : uuid.bytes) byte = static_cast<char>(random_());
  }
  void value(ClassicString& string) { (*this)("", string.text); }
  void value(Bytes& content) { content.view = bytes(); }
  void value(Records& records) { records.view = bytes(); }
  template <class Element>
  void value(std::vector<Element>& elements) {
    elements.resize(below(4));
    for (Element& element : elements) value(element);
  }

  std::string_view bytes() {
    std::string& kept = kept_.emplace_back(below(8) == 0 ? below(300) : below(12), '\0');
    for (char& letter : kept) letter = static_cast<char>(random_());
    return kept;
  }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  std::int16_t version_;
  std::mt19937 random_;
  std::deque<std::string> kept_;  // a deque: views stay where they are
};

}  // namespace weir::wire
