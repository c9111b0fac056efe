#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "wire/schema.h"

namespace weir::wire::detail {

/// Appends `text` in quotes, with what is not printable ASCII as \xNN.
void print_quoted(std::string_view text, std::string& out);
/// Appends a uuid as Kafka prints it: base64 for URLs, without padding.
void print_uuid(const Uuid& uuid, std::string& out);

/// Prints fields for people: logs, errors, tests.
class PrintVisitor {
 public:
  PrintVisitor(std::string& out, std::int16_t version) : out_(out), version_(version) {}

  template <class Field>
  void operator()(const char* name, const Field& field, Versions versions = {}, Versions = {}) {
    if (!versions.contain(version_)) return;
    if (!first_) out_ += ", ";
    first_ = false;
    (out_ += name) += '=';
    if constexpr (requires { field.has_value(); }) {
      field.has_value() ? value(*field) : void(out_ += "null");
    } else {
      value(field);
    }
  }

  template <class Field>
  void tagged(std::uint32_t, const char* name, const Field& field, Versions versions,
              const std::type_identity_t<Field>& otherwise = {}) {
    if (field != otherwise) (*this)(name, field, versions);
  }

  template <class Struct>
    requires std::is_class_v<Struct>
  void value(const Struct& message) {
    out_ += '{';
    PrintVisitor inner(out_, version_);
    Struct::describe(message, inner);
    out_ += '}';
  }

 private:
  void value(bool flag) { out_ += flag ? "true" : "false"; }
  template <std::integral Int>
  void value(Int number) {
    out_ += std::to_string(number);
  }
  void value(std::string_view text) { print_quoted(text, out_); }
  void value(const Uuid& uuid) { print_uuid(uuid, out_); }
  void value(const ClassicString& string) {
    string.text ? value(*string.text) : void(out_ += "null");
  }
  void value(const Bytes& bytes) { byte_count(bytes.view); }
  void value(const Records& records) { byte_count(records.view); }
  template <class Element>
  void value(const std::vector<Element>& elements) {
    out_ += '[';
    const char* separator = "";
    for (const Element& element : elements) {
      out_ += separator;
      separator = ", ";
      value(element);
    }
    out_ += ']';
  }
  void byte_count(std::string_view bytes) {
    ((out_ += '<') += std::to_string(bytes.size())) += " bytes>";
  }

  std::string& out_;
  std::int16_t version_;
  bool first_ = true;
};

}  // namespace weir::wire::detail
