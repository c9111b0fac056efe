#include "avro/schema_check.h"

#include <algorithm>
#include <set>
#include <string>

#include "avro/json_value.h"

namespace weir::avro {

namespace {

using TypeSet = std::set<const Type*>;

// True if a value of `type` can be made out of values of the records in `with_values`.
bool has_values(const Type& type, const TypeSet& with_values) {
  const auto known = [&](const Type* inner) {
    if (inner->kind == Kind::kRecord) return with_values.count(inner) > 0;
    return has_values(*inner, with_values);
  };
  if (type.kind == Kind::kUnion) {
    return std::any_of(type.branches.begin(), type.branches.end(), known);
  }
  return std::all_of(type.fields.begin(), type.fields.end(),
                     [&](const Field& field) { return known(field.type); });
}

// Grows from the types that need no other records, until there is nothing to add.
TypeSet types_with_values(const std::vector<const Type*>& named_types) {
  TypeSet with_values;
  for (bool found_more = true; found_more;) {
    found_more = false;
    for (const Type* type : named_types) {
      if (!has_values(*type, with_values)) continue;
      found_more |= with_values.insert(type).second;
    }
  }
  return with_values;
}

}  // namespace

Result<void> check_that_values_exist(const std::vector<const Type*>& named_types) {
  const TypeSet with_values = types_with_values(named_types);
  for (const Type* type : named_types) {
    if (with_values.count(type) > 0) continue;
    return Error(ErrorCode::kInvalidArgument,
                 "record \"" + type->name +
                     "\": it contains itself without an end; make the field an array, a map or a "
                     "union with \"null\"");
  }
  return {};
}

Result<void> check_defaults(const std::vector<const Type*>& named_types) {
  for (const Type* type : named_types) {
    for (const Field& field : type->fields) {
      if (!field.default_json) continue;
      Result<Value> value = default_value(field);
      if (value.ok()) continue;
      return std::move(value).error().with_context("record \"" + type->name + "\", field \"" +
                                                   field.name + "\"");
    }
  }
  return {};
}

}  // namespace weir::avro
