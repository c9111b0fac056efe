#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace weir::sim {

/// Reads a number that is the whole text; false where it is none.
template <class Int>
bool read_number(std::string_view text, Int& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace weir::sim
