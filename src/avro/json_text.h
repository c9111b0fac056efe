#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace weir::avro {

/// True where arrays and objects in `json` stand in each other more than 1024 deep. The JSON
/// library can parse that, but it writes what it has parsed by recursion without a limit.
bool is_nested_too_deeply(std::string_view json);

/// Says in an error message what a JSON value is, without its possibly endless text.
std::string described(const nlohmann::json& json);

/// Describes a text in the same way: in one line of UTF-8, whatever bytes it has.
std::string as_json_string(std::string_view text);

}  // namespace weir::avro
