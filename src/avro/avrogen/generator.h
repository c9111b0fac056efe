#pragma once

#include <string>

#include "avro/schema.h"
#include "weir/result.h"

namespace weir::avro {

struct GeneratorOptions {
  /// Where all types go, as in "a::b" or "a.b"; empty for the namespaces that the schema says.
  std::string one_namespace;
  /// The schema's file name, for the comment at the top.
  std::string source;
};

/// Returns a C++ header with the schema's types: for each record an owning struct, a view struct
/// (the same one where there is no text in it) and their codecs; for each enum an enum class and
/// its to_string(); for each fixed an array. Fails where there is no record, or where two types
/// would get the same C++ name.
Result<std::string> generate_header(const Schema& schema, const GeneratorOptions& options);

}  // namespace weir::avro
