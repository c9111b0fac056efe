#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/codec.h"

namespace chaos {

/// What the writer numbers: "n TOPIC PARTITION NUMBER PAYLOAD". Anything else cannot be decoded.
struct Numbered {
  std::string text;
  std::int64_t number = 0;
};

/// Returns the number in a text of that form.
std::optional<std::int64_t> number_in(std::string_view text);

}  // namespace chaos

template <>
struct weir::Codec<chaos::Numbered> {
  static std::size_t size(const chaos::Numbered& value) { return value.text.size(); }
  static char* write(const chaos::Numbered& value, char* at) {
    return Codec<std::string>::write(value.text, at);
  }
  static bool read(std::string_view bytes, chaos::Numbered& into) {
    into.text.assign(bytes);
    const auto number = chaos::number_in(bytes);
    into.number = number.value_or(0);
    return number.has_value();
  }
  static std::string explain(std::string_view) { return "it is no numbered record"; }
};
