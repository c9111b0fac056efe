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

}  // namespace weir::avro
