// Prints the field tables of every message as text, one field a line, for
// tools/check_wire_schema.py, which holds them against Kafka's own definitions.
#include <concepts>
#include <iostream>
#include <string>
#include <type_traits>

#include "base/check.h"
#include "wire/consumer_protocol.h"
#include "wire/header.h"
#include "wire/messages/all.h"

namespace weir::wire {
namespace {

constexpr Versions both(Versions a, Versions b) {
  return {std::max(a.first, b.first), std::min(a.last, b.last)};
}

std::string text_of(Versions versions) {
  return std::to_string(versions.first) + '-' + std::to_string(versions.last);
}

/// Prints a description's fields, those without a tag first or those with one.
class TableVisitor {
 public:
  TableVisitor(std::string path, Versions versions, bool tags)
      : path_(std::move(path)), versions_(versions), tags_(tags) {}

  template <class Field>
  void operator()(const char* name, const Field& field, Versions versions = {},
                  Versions nullable = {}) {
    if (!tags_) print(name, field, versions, nullable, "-");
  }

  template <class Field>
  void tagged(std::uint32_t tag, const char* name, const Field& field, Versions versions,
              const std::type_identity_t<Field>& otherwise = {}) {
    WEIR_CHECK(field == otherwise, "a tagged field is left out while it has its default");
    if (tags_) print(name, field, versions, {}, std::to_string(tag));
  }

 private:
  template <class Field>
  void print(const char* name, const Field& field, Versions versions, Versions nullable,
             const std::string& tag) {
    versions = both(versions, versions_);
    std::cout << path_ << '.' << name << ' ' << type_of(field) << " versions=" << text_of(versions)
              << " nullable=" << nullable_text(field, both(versions, nullable)) << " tag=" << tag
              << " default=" << default_of(field) << '\n';
    inside(path_ + '.' + name, field, versions);
  }

  template <class Field>
  static std::string nullable_text(const Field&, Versions) {
    return "-";
  }
  template <class T>
  static std::string nullable_text(const std::optional<T>&, Versions nullable) {
    return text_of(nullable);
  }
  static std::string nullable_text(const ClassicString&, Versions nullable) {
    return text_of(nullable);
  }

  static std::string type_of(bool) { return "bool"; }
  template <std::integral Int>
  static std::string type_of(Int) {
    return "int" + std::to_string(8 * sizeof(Int));
  }
  static std::string type_of(std::string_view) { return "string"; }
  static std::string type_of(const ClassicString&) { return "classic-string"; }
  static std::string type_of(const Uuid&) { return "uuid"; }
  static std::string type_of(const Bytes&) { return "bytes"; }
  static std::string type_of(const Records&) { return "records"; }
  template <class Element>
  static std::string type_of(const std::vector<Element>&) {
    return "[]" + type_of(Element{});
  }
  template <class T>
  static std::string type_of(const std::optional<T>&) {
    return type_of(T{});
  }
  template <class Struct>
    requires std::is_class_v<Struct>
  static std::string type_of(const Struct&) {
    return "struct";
  }

  static std::string default_of(bool flag) { return flag ? "true" : "false"; }
  template <std::integral Int>
  static std::string default_of(Int number) {
    return std::to_string(number);
  }
  template <class Field>
    requires std::is_class_v<Field>
  static std::string default_of(const Field&) {
    return "-";
  }

  template <class Field>
  static void inside(const std::string&, const Field&, Versions) {}
  template <class Element>
  static void inside(const std::string& path, const std::vector<Element>&, Versions versions) {
    inside(path, Element{}, versions);
  }
  template <class T>
  static void inside(const std::string& path, const std::optional<T>&, Versions versions) {
    inside(path, T{}, versions);
  }
  template <class Struct>
    requires requires { &Struct::template describe<const Struct, TableVisitor>; }
  static void inside(const std::string& path, const Struct& message, Versions versions) {
    for (const bool tags : {false, true}) {
      TableVisitor visitor(path, versions, tags);
      Struct::describe(message, visitor);
    }
  }

 public:
  template <class Message>
  static void print_message() {
    constexpr const Schema& schema = Message::kSchema;
    const bool flexible = schema.flexible(schema.versions.last);
    std::cout << schema.name << " api=" << static_cast<int>(schema.api)
              << " versions=" << text_of(schema.versions)
              << " flexible=" << (flexible ? std::to_string(schema.flexible_since) : "none")
              << '\n';
    inside(std::string(schema.name), Message{}, schema.versions);
  }

 private:
  std::string path_;
  Versions versions_;
  bool tags_;
};

}  // namespace
}  // namespace weir::wire

int main() {
  using namespace weir::wire;
  for_each_request([]<class Request>() {
    TableVisitor::print_message<Request>();
    TableVisitor::print_message<typename Request::Response>();
  });
  TableVisitor::print_message<RequestHeader>();
  TableVisitor::print_message<ResponseHeader>();
  TableVisitor::print_message<ConsumerProtocolSubscription>();
  TableVisitor::print_message<ConsumerProtocolAssignment>();
}
