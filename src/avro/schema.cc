#include "avro/schema.h"

#include <algorithm>
#include <array>

namespace weir::avro {

std::string_view to_string(Kind kind) {
  static constexpr std::array<std::string_view, 14> kNames = {
      "null",   "boolean", "int",  "long",  "float", "double", "bytes",
      "string", "record",  "enum", "array", "map",   "union",  "fixed"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view Type::logical_type() const {
  const auto found = attributes.find("logicalType");
  if (found == attributes.end() || found->second.size() < 2) return {};
  const std::string_view quoted = found->second;
  return quoted.front() == '"' ? quoted.substr(1, quoted.size() - 2) : std::string_view();
}

std::string_view Type::label() const { return is_named(kind) ? name : to_string(kind); }

const Type* Schema::find(std::string_view full_name) const {
  const auto found = std::find_if(types_->named.begin(), types_->named.end(),
                                  [&](const Type* type) { return type->name == full_name; });
  return found == types_->named.end() ? nullptr : *found;
}

}  // namespace weir::avro
