#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"

/// Avro's schemas, by the specification of 1.11 and 1.12.
namespace weir::avro {

enum class Kind : std::uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

/// Returns Avro's word for it, such as "long".
std::string_view to_string(Kind kind);

/// True for what is defined once and then referred to by its name.
constexpr bool is_named(Kind kind) {
  return kind == Kind::kRecord || kind == Kind::kEnum || kind == Kind::kFixed;
}

/// What a schema says beyond the words that the specification gives a meaning to in that place,
/// kept as it was: each value as JSON text. Logical types are among them ("logicalType",
/// "precision").
using Attributes = std::map<std::string, std::string, std::less<>>;

struct Type;

/// One field of a record.
struct Field {
  std::string name;
  std::string doc;
  std::vector<std::string> aliases;
  const Type* type = nullptr;  ///< owned by the schema
  /// The default as JSON text, checked against the type. For readers whose data lacks the field.
  std::optional<std::string> default_json;
  std::string order;  ///< "ascending", "descending" or "ignore"; empty where it is not said
  Attributes attributes;
};

/// One type of a schema. Owned by its Schema and immutable; what does not belong to its kind is
/// empty.
struct Type {
  Kind kind = Kind::kNull;
  std::string name;                           ///< of a named type: the full name
  std::string doc;                            ///< of a record or an enum
  std::vector<std::string> aliases;           ///< of a named type: full names
  std::vector<Field> fields;                  ///< of a record
  std::vector<std::string> symbols;           ///< of an enum
  std::optional<std::string> default_symbol;  ///< of an enum
  const Type* items = nullptr;                ///< of an array; of a map, its values
  std::vector<const Type*> branches;          ///< of a union
  std::size_t size = 0;                       ///< of a fixed
  Attributes attributes;

  /// Returns the name of the logical type, or nothing where there is none.
  std::string_view logical_type() const;
  /// Returns the full name of a named type and the kind's word of any other: what a union tells its
  /// branches apart by.
  std::string_view label() const;
};

/// A parsed schema. A cheap copy: copies share the types, which never change.
class Schema {
 public:
  /// Parses a schema's JSON text. The error says where in the schema something is wrong, and what.
  /// Refuses what the specification forbids, types nested more than 64 deep, and records that no
  /// value can exist of, because they contain themselves.
  static Result<Schema> parse(std::string_view json);

  const Type& root() const { return *types_->root; }
  /// Returns the named type of that full name, or null.
  const Type* find(std::string_view full_name) const;
  /// Returns all named types in the order in which the schema defines them.
  const std::vector<const Type*>& named_types() const { return types_->named; }

  /// The owner of a schema's types, which refer to each other.
  struct Types {
    std::vector<std::unique_ptr<Type>> all;
    std::vector<const Type*> named;
    const Type* root = nullptr;
  };
  explicit Schema(Types types) : types_(std::make_shared<const Types>(std::move(types))) {}

 private:
  std::shared_ptr<const Types> types_;  // shared because immutable, and referred to by many readers
};

/// Returns a type as JSON text that parses to the same type: every name it refers to is defined in
/// it, where it first occurs.
std::string to_json(const Type& type);

}  // namespace weir::avro
