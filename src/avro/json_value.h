#pragma once

#include <string>
#include <string_view>

#include "avro/schema.h"
#include "avro/value.h"
#include "weir/result.h"

/// Avro's JSON encoding, by the specification: bytes are strings of the code points 0 to 255, and a
/// union's branch other than null is an object whose one key is the branch's label. NaN and the
/// infinities, which JSON lacks, are the strings "NaN", "Infinity" and "-Infinity".
namespace weir::avro {

/// Reads a value of `type`. The error says where in the value something is wrong, and what.
Result<Value> value_from_json(std::string_view json, const Type& type);

/// Returns `value`, which must be one of `type`, as JSON. In strings, what is not UTF-8 becomes
/// U+FFFD; of equal keys in a map, the last one stays.
std::string value_to_json(const Value& value, const Type& type);

/// Returns the default of `field`, which has one: encoded as above, but a union's value stands
/// alone, as one of the first branch it fits. Fields that a record leaves out have their defaults.
Result<Value> default_value(const Field& field);

}  // namespace weir::avro
