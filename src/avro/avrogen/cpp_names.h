#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

/// Avro's names as C++ identifiers.
namespace weir::avro {

/// Returns `name`, with an underscore behind it where C++ or the generated code uses it for
/// something else, or where it is one of `taken`.
std::string cpp_identifier(std::string_view name,
                           std::initializer_list<std::string_view> taken = {});

/// Returns a namespace, written with dots or with "::", as C++ writes it: "com::miguno::avro".
std::string cpp_namespace(std::string_view name);

/// Returns `text` as a raw string literal.
std::string raw_string_literal(std::string_view text);

/// Returns `doc` as lines of `///` comments that are indented by `indent`, or nothing if it is
/// empty.
std::string doc_comment(std::string_view doc, std::string_view indent);

}  // namespace weir::avro
