#include "avro/json_value.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "avro/json_text.h"
#include "base/check.h"
#include "weir/avro/binary.h"

namespace weir::avro {

namespace {

using Json = nlohmann::json;

Error misfit(const Json& json, std::string_view wanted) {
  return Error(ErrorCode::kInvalidArgument, described(json) + " is no " + std::string(wanted));
}

// Bytes are written as a string whose code points are the bytes.
std::optional<std::string> bytes_from_text(std::string_view utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    if (first < 0x80) {
      bytes.push_back(utf8[i]);
    } else if ((first == 0xc2 || first == 0xc3) && i + 1 < utf8.size()) {
      bytes.push_back(static_cast<char>((first << 6) | (utf8[++i] & 0x3f)));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

std::string text_from_bytes(std::string_view bytes) {
  std::string utf8;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x80) {
      utf8.push_back(byte);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | (code >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
  }
  return utf8;
}

std::optional<double> number_from_json(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (json == "Infinity") return std::numeric_limits<double>::infinity();
  if (json == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Json number_to_json(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

template <class Int>
std::optional<Int> integer_from_json(const Json& json) {
  if (!json.is_number_integer()) return std::nullopt;
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  const auto number = json.get<std::int64_t>();
  if (number != static_cast<Int>(number)) return std::nullopt;
  return static_cast<Int>(number);
}

enum class UnionStyle { kLabelled, kDefault };

// Turns JSON into values, in one of the two styles in which a union may be written.
class ValueReader {
 public:
  // `json_size` bounds how many values are tried: defaults within defaults may multiply without
  // end.
  ValueReader(UnionStyle style, std::size_t json_size)
      : style_(style), tries_left_(json_size + kMaxLeftOut) {}

  Result<Value> read(const Json& json, const Type& type) {
    if (depth_ == kMaxDepth || tries_left_ == 0) {
      return Error(ErrorCode::kInvalidArgument, "values are nested too deeply");
    }
    ++depth_;
    --tries_left_;
    Result<Value> value = read_any(json, type);
    --depth_;
    return value;
  }

 private:
  Result<Value> read_any(const Json& json, const Type& type) {
    switch (type.kind) {
      case Kind::kRecord:
        return read_record(json, type);
      case Kind::kEnum:
        return read_enum(json, type);
      case Kind::kArray:
        return read_array(json, type);
      case Kind::kMap:
        return read_map(json, type);
      case Kind::kUnion:
        return style_ == UnionStyle::kLabelled ? read_labelled(json, type)
                                               : read_fitting(json, type);
      case Kind::kFixed:
        return read_fixed(json, type);
      default:
        return read_primitive(json, type);
    }
  }

  Result<Value> read_primitive(const Json& json, const Type& type) {
    if (type.kind == Kind::kNull && json.is_null()) return Value{Value::Null()};
    if (type.kind == Kind::kBoolean && json.is_boolean()) return Value{json.get<bool>()};
    if (type.kind == Kind::kString && json.is_string()) return Value{json.get<std::string>()};
    if (type.kind == Kind::kInt) {
      if (const auto number = integer_from_json<std::int32_t>(json)) return Value{*number};
    }
    if (type.kind == Kind::kLong) {
      if (const auto number = integer_from_json<std::int64_t>(json)) return Value{*number};
    }
    if (type.kind == Kind::kFloat) {
      if (const auto number = number_from_json(json)) return Value{static_cast<float>(*number)};
    }
    if (type.kind == Kind::kDouble) {
      if (const auto number = number_from_json(json)) return Value{*number};
    }
    if (type.kind == Kind::kBytes && json.is_string()) {
      if (auto bytes = bytes_from_text(json.get_ref<const std::string&>())) {
        return Value{Value::Bytes{std::move(*bytes)}};
      }
    }
    return misfit(json, type.label());
  }

  Result<Value> read_record(const Json& json, const Type& type) {
    if (!json.is_object()) return misfit(json, "record " + type.name);
    Value::Record record;
    for (const Field& field : type.fields) {
      const auto found = json.find(field.name);
      Result<Value> value = found != json.end() ? read(*found, *field.type) : left_out(field);
      if (!value.ok()) {
        return std::move(value).error().with_context("field \"" + field.name + "\"");
      }
      record.fields.push_back(*std::move(value));
    }
    return Value{std::move(record)};
  }

  Result<Value> left_out(const Field& field) {
    if (style_ == UnionStyle::kLabelled || !field.default_json) {
      return Error(ErrorCode::kInvalidArgument, "it is missing");
    }
    return read(Json::parse(*field.default_json), *field.type);
  }

  Result<Value> read_enum(const Json& json, const Type& type) {
    const auto found = std::find_if(type.symbols.begin(), type.symbols.end(),
                                    [&](const std::string& symbol) { return json == symbol; });
    if (found == type.symbols.end()) return misfit(json, "symbol of enum " + type.name);
    return Value{Value::Enum{static_cast<std::size_t>(found - type.symbols.begin())}};
  }

  Result<Value> read_array(const Json& json, const Type& type) {
    if (!json.is_array()) return misfit(json, "array");
    Value::Array array;
    for (const Json& item : json) {
      Result<Value> value = read(item, *type.items);
      if (!value.ok()) {
        return std::move(value).error().with_context("item " + std::to_string(array.items.size()));
      }
      array.items.push_back(*std::move(value));
    }
    return Value{std::move(array)};
  }

  Result<Value> read_map(const Json& json, const Type& type) {
    if (!json.is_object()) return misfit(json, "map");
    Value::Map map;
    for (const auto& [key, item] : json.items()) {
      Result<Value> value = read(item, *type.items);
      if (!value.ok()) return std::move(value).error().with_context("key " + as_json_string(key));
      map.entries.push_back({key, *std::move(value)});
    }
    return Value{std::move(map)};
  }

  Result<Value> read_labelled(const Json& json, const Type& type) {
    const bool has_label = json.is_object() && json.size() == 1;
    const std::string label = has_label ? json.begin().key() : "null";
    for (std::size_t i = 0; i < type.branches.size() && (has_label || json.is_null()); ++i) {
      if (type.branches[i]->label() != label) continue;
      WEIR_ASSIGN_OR_RETURN(Value value, read(has_label ? *json.begin() : json, *type.branches[i]));
      return Value{Value::Union{i, std::move(value)}};
    }
    return misfit(json, "branch of the union, as in {\"string\": ...}");
  }

  Result<Value> read_fitting(const Json& json, const Type& type) {
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      Result<Value> value = read(json, *type.branches[i]);
      if (value.ok()) return Value{Value::Union{i, *std::move(value)}};
    }
    return misfit(json, "value of any branch of the union");
  }

  Result<Value> read_fixed(const Json& json, const Type& type) {
    if (json.is_string()) {
      auto bytes = bytes_from_text(json.get_ref<const std::string&>());
      if (bytes && bytes->size() == type.size) return Value{Value::Fixed{std::move(*bytes)}};
    }
    return misfit(json, "fixed of " + std::to_string(type.size) + " bytes");
  }

  static constexpr std::size_t kMaxLeftOut = 1000;

  const UnionStyle style_;
  std::size_t tries_left_;
  int depth_ = 0;
};

Json to_tree(const Value& value, const Type& type);

template <class Alternative>
const Alternative& held(const Value& value) {
  const auto* alternative = std::get_if<Alternative>(&value.held);
  WEIR_CHECK(alternative != nullptr, "the caller of value_to_json gives a value of the type");
  return *alternative;
}

Json record_to_tree(const Value::Record& record, const Type& type) {
  WEIR_CHECK(record.fields.size() == type.fields.size(), "the value is one of the record's type");
  Json tree = Json::object();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    tree[type.fields[i].name] = to_tree(record.fields[i], *type.fields[i].type);
  }
  return tree;
}

Json array_to_tree(const Value::Array& array, const Type& type) {
  Json tree = Json::array();
  for (const Value& item : array.items) tree.push_back(to_tree(item, *type.items));
  return tree;
}

Json map_to_tree(const Value::Map& map, const Type& type) {
  Json tree = Json::object();
  for (const auto& [key, value] : map.entries) tree[key] = to_tree(value, *type.items);
  return tree;
}

Json union_to_tree(const Value::Union& value, const Type& type) {
  const Type& branch = *type.branches.at(value.branch);
  if (branch.kind == Kind::kNull) return nullptr;
  Json tree = Json::object();
  tree[std::string(branch.label())] = to_tree(*value.value, branch);
  return tree;
}

Json to_tree(const Value& value, const Type& type) {
  switch (type.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBoolean:
      return held<bool>(value);
    case Kind::kInt:
      return held<std::int32_t>(value);
    case Kind::kLong:
      return held<std::int64_t>(value);
    case Kind::kFloat:
      return number_to_json(static_cast<double>(held<float>(value)));
    case Kind::kDouble:
      return number_to_json(held<double>(value));
    case Kind::kBytes:
      return text_from_bytes(held<Value::Bytes>(value).bytes);
    case Kind::kString:
      return held<std::string>(value);
    case Kind::kRecord:
      return record_to_tree(held<Value::Record>(value), type);
    case Kind::kEnum:
      return type.symbols.at(held<Value::Enum>(value).symbol);
    case Kind::kArray:
      return array_to_tree(held<Value::Array>(value), type);
    case Kind::kMap:
      return map_to_tree(held<Value::Map>(value), type);
    case Kind::kUnion:
      return union_to_tree(held<Value::Union>(value), type);
    case Kind::kFixed:
      return text_from_bytes(held<Value::Fixed>(value).bytes);
  }
  return nullptr;
}

}  // namespace

Result<Value> value_from_json(std::string_view json, const Type& type) {
  if (is_nested_too_deeply(json)) {
    return Error(ErrorCode::kInvalidArgument, "values are nested too deeply");
  }
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return Error(ErrorCode::kInvalidArgument, "this is no JSON");
  return ValueReader(UnionStyle::kLabelled, json.size()).read(parsed, type);
}

std::string value_to_json(const Value& value, const Type& type) {
  return to_tree(value, type).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Value> default_value(const Field& field) {
  WEIR_CHECK(field.default_json.has_value(), "the caller asks only fields that have a default");
  const std::string& json = *field.default_json;
  Result<Value> value =
      ValueReader(UnionStyle::kDefault, json.size()).read(Json::parse(json), *field.type);
  if (!value.ok())
    return std::move(value).error().with_context("the default does not fit the type");
  return value;
}

}  // namespace weir::avro
