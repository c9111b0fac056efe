#pragma once

#include <string>
#include <string_view>

#include "avro/schema.h"
#include "avro/value.h"
#include "weir/result.h"

/// Avro's binary encoding over a parsed schema. What is known when the program is compiled is read
/// and written by generated code instead, many times faster.
namespace weir::avro {

/// Reads the one value of `type` that takes up all of `bytes`, which may be any bytes at all: never
/// allocates more than about 200 times their number, nor nests deeper than kMaxDepth. The error
/// says which part of the value cannot be read, at which byte, and why. That strings are UTF-8 is
/// not checked.
Result<Value> decode(std::string_view bytes, const Type& type);

/// Returns `value` in bytes. The error says which part of it does not fit `type`. Arrays and maps
/// are written as one block.
Result<std::string> encode(const Value& value, const Type& type);

}  // namespace weir::avro
