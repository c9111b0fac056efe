#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "avro/json_text.h"
#include "avro/names.h"
#include "avro/schema.h"
#include "avro/schema_check.h"
#include "base/nearest_name.h"

namespace weir::avro {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxSchemaBytes = 1 << 20;
constexpr int kMaxNesting = 64;

constexpr std::array kPrimitives = {Kind::kNull,  Kind::kBoolean, Kind::kInt,   Kind::kLong,
                                    Kind::kFloat, Kind::kDouble,  Kind::kBytes, Kind::kString};

std::optional<Kind> primitive_of(std::string_view word) {
  for (const Kind kind : kPrimitives) {
    if (to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

// Where in the schema the parser stands. Lives on its stack.
struct Place {
  const Place* outer = nullptr;
  std::string what;        // as in `field "text"`
  std::string namespace_;  // that names without one belong to

  Place inside(std::string inner) const { return {this, std::move(inner), namespace_}; }
  std::string path() const {
    if (outer == nullptr) return "schema";
    return outer->outer == nullptr ? what : outer->path() + ", " + what;
  }
  Error error(const std::string& message) const {
    return Error(ErrorCode::kInvalidArgument, path() + ": " + message);
  }
};

// Turns the JSON of one schema into types. Used once.
class SchemaParser {
 public:
  Result<Schema> parse(const Json& json) {
    WEIR_ASSIGN_OR_RETURN(types_.root, parse_type(json, Place()));
    WEIR_RETURN_IF_ERROR(check_that_values_exist(types_.named));
    WEIR_RETURN_IF_ERROR(check_defaults(types_.named));
    return Schema(std::move(types_));
  }

 private:
  Result<const Type*> parse_type(const Json& json, const Place& place) {
    if (depth_ == kMaxNesting) return place.error("types are nested more than 64 deep");
    ++depth_;
    Result<const Type*> type = parse_any_type(json, place);
    --depth_;
    return type;
  }

  Result<const Type*> parse_any_type(const Json& json, const Place& place) {
    if (json.is_string()) return refer_to(json.get_ref<const std::string&>(), place);
    if (json.is_array()) return parse_union(json, place);
    if (json.is_object()) return parse_definition(json, place);
    return place.error(
        described(json) +
        " is no type; a type is a name, a JSON object or an array of a union's types");
  }

  // A name: of a primitive type, or of a type defined before.
  Result<const Type*> refer_to(const std::string& name, const Place& place) {
    if (const auto primitive = primitive_of(name)) return &make(*primitive);
    const auto found = by_name_.find(full_name(name, place.namespace_));
    if (found != by_name_.end()) return found->second;
    return place.error("there is no type " + in_quotes(name) + suggestion(name) +
                       " (a named type has to be defined before it is referred to)");
  }

  std::string suggestion(std::string_view name) const {
    std::vector<std::string_view> known = {"record", "enum", "array", "map", "fixed"};
    for (const Kind kind : kPrimitives) known.push_back(to_string(kind));
    for (const Type* type : types_.named) known.push_back(type->name);
    return did_you_mean(name, known);
  }

  Result<const Type*> parse_union(const Json& json, const Place& place) {
    if (json.empty()) return place.error("a union needs at least one type");
    Type& type = make(Kind::kUnion);
    std::set<std::string_view> labels;
    for (const Json& branch : json) {
      const Place inner = place.inside("branch " + std::to_string(type.branches.size()));
      WEIR_ASSIGN_OR_RETURN(const Type* parsed, parse_type(branch, inner));
      if (parsed->kind == Kind::kUnion) {
        return inner.error(
            "a union cannot directly hold another union; put its types into this one");
      }
      if (!labels.insert(parsed->label()).second) {
        return inner.error("the union has " + in_quotes(parsed->label()) + " already");
      }
      type.branches.push_back(parsed);
    }
    return &type;
  }

  Result<const Type*> parse_definition(const Json& json, const Place& place) {
    const auto found = json.find("type");
    if (found == json.end()) return place.error("\"type\" is missing in " + described(json));
    if (!found->is_string()) return parse_type(*found, place.inside("type"));
    const std::string& word = found->get_ref<const std::string&>();
    if (const auto primitive = primitive_of(word)) return parse_primitive(*primitive, json);
    if (word == "array") return parse_items(Kind::kArray, "items", json, place);
    if (word == "map") return parse_items(Kind::kMap, "values", json, place);
    if (word == "record") return parse_record(json, place);
    if (word == "enum") return parse_enum(json, place);
    if (word == "fixed") return parse_fixed(json, place);
    return refer_to(word, place);
  }

  Result<const Type*> parse_primitive(Kind kind, const Json& json) {
    Type& type = make(kind);
    type.attributes = attributes_of(json, {"type"});
    return &type;
  }

  Result<const Type*> parse_items(Kind kind, const char* key, const Json& json,
                                  const Place& place) {
    const auto found = json.find(key);
    const std::string word(to_string(kind));
    if (found == json.end()) {
      return place.error("the " + word + " needs " + in_quotes(key) +
                         ", the type of what is in it");
    }
    Type& type = make(kind);
    type.attributes = attributes_of(json, {"type", key});
    WEIR_ASSIGN_OR_RETURN(type.items, parse_type(*found, place.inside(word + " " + key)));
    return &type;
  }

  Result<const Type*> parse_record(const Json& json, const Place& place) {
    WEIR_ASSIGN_OR_RETURN(Type * type, define(Kind::kRecord, json, place));
    const Place inner = inside(*type, place);
    WEIR_ASSIGN_OR_RETURN(type->doc, text_of(json, "doc", inner));
    type->attributes =
        attributes_of(json, {"type", "name", "namespace", "aliases", "doc", "fields"});
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) {
      return inner.error("a record needs \"fields\", an array of JSON objects");
    }
    std::set<std::string> names;
    for (const Json& field : *fields) {
      WEIR_ASSIGN_OR_RETURN(Field parsed, parse_field(field, type->fields.size(), inner));
      if (!names.insert(parsed.name).second) {
        return inner.error("there are two fields " + in_quotes(parsed.name));
      }
      type->fields.push_back(std::move(parsed));
    }
    return type;
  }

  Result<Field> parse_field(const Json& json, std::size_t index, const Place& record) {
    const Place unnamed = record.inside("field " + std::to_string(index));
    if (!json.is_object()) return unnamed.error(described(json) + " is no field; a JSON object is");
    Field field;
    WEIR_ASSIGN_OR_RETURN(field.name, text_of(json, "name", unnamed));
    if (!is_name(field.name)) return unnamed.error(not_a_name(field.name));
    const Place place = record.inside("field " + in_quotes(field.name));
    WEIR_ASSIGN_OR_RETURN(field.doc, text_of(json, "doc", place));
    WEIR_ASSIGN_OR_RETURN(field.aliases, names_of(json, "aliases", place));
    WEIR_ASSIGN_OR_RETURN(field.order, order_of(json, place));
    field.attributes = attributes_of(json, {"name", "type", "doc", "aliases", "order", "default"});
    if (const auto found = json.find("default"); found != json.end()) {
      field.default_json = found->dump();
    }
    const auto type = json.find("type");
    if (type == json.end()) return place.error("a field needs a \"type\"");
    WEIR_ASSIGN_OR_RETURN(field.type, parse_type(*type, place));
    return field;
  }

  Result<const Type*> parse_enum(const Json& json, const Place& place) {
    WEIR_ASSIGN_OR_RETURN(Type * type, define(Kind::kEnum, json, place));
    const Place inner = inside(*type, place);
    WEIR_ASSIGN_OR_RETURN(type->doc, text_of(json, "doc", inner));
    if (!json.contains("symbols"))
      return inner.error("an enum needs \"symbols\", an array of names");
    WEIR_ASSIGN_OR_RETURN(type->symbols, names_of(json, "symbols", inner));
    type->attributes =
        attributes_of(json, {"type", "name", "namespace", "aliases", "doc", "symbols", "default"});
    std::set<std::string_view> symbols;
    for (const std::string& symbol : type->symbols) {
      if (!symbols.insert(symbol).second) {
        return inner.error("there are two symbols " + in_quotes(symbol));
      }
    }
    if (!json.contains("default")) return type;
    WEIR_ASSIGN_OR_RETURN(type->default_symbol, text_of(json, "default", inner));
    if (symbols.count(*type->default_symbol) > 0) return type;
    return inner.error("the default " + in_quotes(*type->default_symbol) +
                       " is none of the symbols");
  }

  Result<const Type*> parse_fixed(const Json& json, const Place& place) {
    WEIR_ASSIGN_OR_RETURN(Type * type, define(Kind::kFixed, json, place));
    type->attributes = attributes_of(json, {"type", "name", "namespace", "aliases", "size"});
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned() ||
        size->get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max()) {
      return inside(*type, place).error("a fixed needs \"size\", its number of bytes, 0 to 2^31-1");
    }
    type->size = size->get<std::size_t>();
    return type;
  }

  // Makes the type that `json` names, known by that name from now on, inside itself too.
  Result<Type*> define(Kind kind, const Json& json, const Place& place) {
    const std::string word(to_string(kind));
    WEIR_ASSIGN_OR_RETURN(const std::string name, text_of(json, "name", place));
    if (name.empty()) return place.error("the " + word + " needs a \"name\"");
    WEIR_ASSIGN_OR_RETURN(std::string space, text_of(json, "namespace", place));
    if (!json.contains("namespace")) space = place.namespace_;
    const std::string full = full_name(name, space);
    const Place named = place.inside(word + " " + in_quotes(full));
    if (!is_full_name(full)) return named.error(not_a_name(full));
    if (primitive_of(full))
      return named.error("this is the name of a primitive type; choose another");
    if (by_name_.count(full) > 0) {
      return named.error("the name is taken; define a type once and refer to it by its name");
    }
    Type& type = make(kind);
    type.name = full;
    WEIR_ASSIGN_OR_RETURN(type.aliases, names_of(json, "aliases", named));
    for (std::string& alias : type.aliases) alias = full_name(alias, namespace_of(full));
    by_name_.emplace(type.name, &type);
    types_.named.push_back(&type);
    return &type;
  }

  static Place inside(const Type& type, const Place& place) {
    Place inner = place.inside(std::string(to_string(type.kind)) + " " + in_quotes(type.name));
    inner.namespace_ = std::string(namespace_of(type.name));
    return inner;
  }

  static Result<std::string> text_of(const Json& json, const char* key, const Place& place) {
    const auto found = json.find(key);
    if (found == json.end()) return std::string();
    if (found->is_string()) return found->get<std::string>();
    return place.error(in_quotes(key) + " has to be a string, not " + described(*found));
  }

  static Result<std::vector<std::string>> names_of(const Json& json, const char* key,
                                                   const Place& place) {
    std::vector<std::string> names;
    const auto found = json.find(key);
    if (found == json.end()) return names;
    if (!found->is_array()) return place.error(in_quotes(key) + " has to be an array of names");
    const bool may_have_dots = key == std::string_view("aliases");
    for (const Json& name : *found) {
      if (!name.is_string())
        return place.error(in_quotes(key) + " holds " + described(name) + ", no name");
      names.push_back(name.get<std::string>());
      if (may_have_dots ? !is_full_name(names.back()) : !is_name(names.back())) {
        return place.error("in " + in_quotes(key) + ": " + not_a_name(names.back()));
      }
    }
    return names;
  }

  static Result<std::string> order_of(const Json& json, const Place& place) {
    static constexpr std::array<std::string_view, 3> kOrders = {"ascending", "descending",
                                                                "ignore"};
    WEIR_ASSIGN_OR_RETURN(std::string order, text_of(json, "order", place));
    if (order.empty() || std::find(kOrders.begin(), kOrders.end(), order) != kOrders.end()) {
      return order;
    }
    return place.error("\"order\" is ascending, descending or ignore, not " + in_quotes(order));
  }

  static Attributes attributes_of(const Json& json, std::initializer_list<std::string_view> known) {
    Attributes attributes;
    for (const auto& [key, value] : json.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        attributes.emplace(key, value.dump());
      }
    }
    return attributes;
  }

  Type& make(Kind kind) {
    types_.all.push_back(std::make_unique<Type>());
    types_.all.back()->kind = kind;
    return *types_.all.back();
  }

  int depth_ = 0;
  Schema::Types types_;
  std::unordered_map<std::string, const Type*> by_name_;
};

// Cuts what the JSON library says before the cause, such as its own error numbers.
std::string cause_of(const Json::exception& error, std::string_view begins_with) {
  const std::string_view text = error.what();
  const std::size_t begin = text.find(begins_with);
  return std::string(begin == std::string_view::npos ? text : text.substr(begin));
}

Result<Json> parse_json(std::string_view text) {
  std::string cause;
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    cause = cause_of(error, "parse error");
  } catch (const Json::out_of_range& error) {  // a number that no double holds
    cause = cause_of(error, "number overflow");
  }
  return Error(ErrorCode::kInvalidArgument, "schema: this is no JSON: " + cause);
}

}  // namespace

Result<Schema> Schema::parse(std::string_view json) {
  if (json.size() > kMaxSchemaBytes) {
    return Error(ErrorCode::kInvalidArgument, "schema: " + std::to_string(json.size()) +
                                                  " bytes are more than the 1 MiB it may have");
  }
  if (is_nested_too_deeply(json)) {
    return Error(ErrorCode::kInvalidArgument, "schema: types are nested more than 64 deep");
  }
  Result<Json> parsed = parse_json(json);
  if (!parsed.ok()) return std::move(parsed).error();
  return SchemaParser().parse(*parsed);
}

}  // namespace weir::avro
