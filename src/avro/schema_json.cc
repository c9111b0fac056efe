#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "avro/names.h"
#include "avro/schema.h"

namespace weir::avro {

namespace {

using Json = nlohmann::ordered_json;

// Turns types into JSON, each named type in full where it first occurs. Used once.
class SchemaWriter {
 public:
  Json write(const Type& type, std::string_view enclosing) {
    if (is_named(type.kind) && !written_.insert(&type).second) return reference(type, enclosing);
    switch (type.kind) {
      case Kind::kRecord:
        return write_record(type, enclosing);
      case Kind::kEnum:
        return write_enum(type, enclosing);
      case Kind::kFixed:
        return write_fixed(type, enclosing);
      case Kind::kArray:
        return write_items("items", type, enclosing);
      case Kind::kMap:
        return write_items("values", type, enclosing);
      case Kind::kUnion:
        return write_union(type, enclosing);
      default:
        return write_primitive(type);
    }
  }

 private:
  static Json reference(const Type& type, std::string_view enclosing) {
    const bool leaves_namespace = namespace_of(type.name).empty() && !enclosing.empty();
    return leaves_namespace ? "." + type.name : type.name;
  }

  static Json begin(const Type& type) {
    Json json = Json::object();
    json["type"] = std::string(to_string(type.kind));
    return json;
  }

  static Json begin_named(const Type& type, std::string_view enclosing) {
    Json json = begin(type);
    json["name"] = std::string(simple_name_of(type.name));
    if (namespace_of(type.name) != enclosing) {
      json["namespace"] = std::string(namespace_of(type.name));
    }
    if (!type.doc.empty()) json["doc"] = type.doc;
    if (!type.aliases.empty()) json["aliases"] = type.aliases;
    return json;
  }

  static Json with_attributes(Json json, const Attributes& attributes) {
    for (const auto& [key, value] : attributes) json[key] = Json::parse(value);
    return json;
  }

  static Json write_primitive(const Type& type) {
    if (type.attributes.empty()) return std::string(to_string(type.kind));
    return with_attributes(begin(type), type.attributes);
  }

  Json write_items(const char* key, const Type& type, std::string_view enclosing) {
    Json json = begin(type);
    json[key] = write(*type.items, enclosing);
    return with_attributes(std::move(json), type.attributes);
  }

  Json write_union(const Type& type, std::string_view enclosing) {
    Json json = Json::array();
    for (const Type* branch : type.branches) json.push_back(write(*branch, enclosing));
    return json;
  }

  Json write_record(const Type& type, std::string_view enclosing) {
    Json json = begin_named(type, enclosing);
    json["fields"] = Json::array();
    for (const Field& field : type.fields) {
      json["fields"].push_back(write_field(field, namespace_of(type.name)));
    }
    return with_attributes(std::move(json), type.attributes);
  }

  Json write_field(const Field& field, std::string_view enclosing) {
    Json json = Json::object();
    json["name"] = field.name;
    if (!field.doc.empty()) json["doc"] = field.doc;
    json["type"] = write(*field.type, enclosing);
    if (field.default_json) json["default"] = Json::parse(*field.default_json);
    if (!field.order.empty()) json["order"] = field.order;
    if (!field.aliases.empty()) json["aliases"] = field.aliases;
    return with_attributes(std::move(json), field.attributes);
  }

  static Json write_enum(const Type& type, std::string_view enclosing) {
    Json json = begin_named(type, enclosing);
    json["symbols"] = type.symbols;
    if (type.default_symbol) json["default"] = *type.default_symbol;
    return with_attributes(std::move(json), type.attributes);
  }

  static Json write_fixed(const Type& type, std::string_view enclosing) {
    Json json = begin_named(type, enclosing);
    json["size"] = type.size;
    return with_attributes(std::move(json), type.attributes);
  }

  std::set<const Type*> written_;
};

}  // namespace

std::string to_json(const Type& type) { return SchemaWriter().write(type, "").dump(); }

}  // namespace weir::avro
