#pragma once

#include <string>
#include <string_view>

/// Avro's names: [A-Za-z_][A-Za-z0-9_]*, and full names, which are names joined by dots.
namespace weir::avro {

bool is_name(std::string_view text);
bool is_full_name(std::string_view text);

/// Returns the full name of `name`, which may have its own namespace, seen from `enclosing`.
std::string full_name(std::string_view name, std::string_view enclosing);

/// Returns what stands before the last dot of a full name, or nothing.
std::string_view namespace_of(std::string_view full_name);
/// Returns what stands behind the last dot of a full name.
std::string_view simple_name_of(std::string_view full_name);

/// Returns a sentence that says what a name may be and that `text` is none.
std::string not_a_name(std::string_view text);

}  // namespace weir::avro
