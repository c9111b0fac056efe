#include "weir/codec.h"

namespace weir {

namespace detail {

std::string explain_number(std::size_t expected_size, std::string_view bytes) {
  if (bytes.size() == expected_size) return "these bytes are a number and can be read";
  return "a number of " + std::to_string(expected_size) + " bytes was expected, but there are " +
         std::to_string(bytes.size());
}

}  // namespace detail

std::string Codec<std::string>::explain(std::string_view) {
  return "any bytes are a string and can be read";
}

std::string Codec<std::string_view>::explain(std::string_view bytes) {
  return Codec<std::string>::explain(bytes);
}

}  // namespace weir
