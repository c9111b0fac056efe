#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir {

/// Returns the one of `known` that `name` is most likely a misspelling of, or nothing where none is
/// near: for messages such as `did you mean "long"?`.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

/// Returns `; did you mean "long"?`, or nothing where no known name is near.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace weir
