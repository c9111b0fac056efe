#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "avro/schema.h"
#include "weir/avro/box.h"

namespace weir::avro {

/// A value of any Avro type, by itself: what a schema would add, such as the names of fields and
/// symbols, is not in it. Owns all it holds; a plain value without thread rules.
struct Value {
  struct Null {
    bool operator==(const Null&) const = default;
  };
  struct Bytes {
    std::string bytes;
    bool operator==(const Bytes&) const = default;
  };
  struct Fixed {
    std::string bytes;
    bool operator==(const Fixed&) const = default;
  };
  struct Record {
    std::vector<Value> fields;  ///< in the schema's order
    bool operator==(const Record&) const = default;
  };
  struct Enum {
    std::size_t symbol = 0;  ///< counted from 0 in the schema's order
    bool operator==(const Enum&) const = default;
  };
  struct Array {
    std::vector<Value> items;
    bool operator==(const Array&) const = default;
  };
  struct Entry;
  struct Map {
    std::vector<Entry> entries;  ///< as they came, equal keys included
    bool operator==(const Map&) const;
  };
  struct Union {
    std::size_t branch = 0;  ///< counted from 0 in the schema's order
    Box<Value> value;
    bool operator==(const Union&) const = default;
  };

  /// The alternatives stand in the order of Kind.
  std::variant<Null, bool, std::int32_t, std::int64_t, float, double, Bytes, std::string, Record,
               Enum, Array, Map, Union, Fixed>
      held;

  Kind kind() const { return static_cast<Kind>(held.index()); }
  bool operator==(const Value& other) const;
};

/// A key of a map with its value.
struct Value::Entry {
  std::string key;
  Value value;
  bool operator==(const Entry&) const = default;
};

inline bool Value::Map::operator==(const Map&) const = default;
inline bool Value::operator==(const Value& other) const { return held == other.held; }

}  // namespace weir::avro
