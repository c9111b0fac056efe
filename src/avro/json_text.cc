#include "avro/json_text.h"

#include <cstddef>
#include <nlohmann/json.hpp>

namespace weir::avro {

bool is_nested_too_deeply(std::string_view json) {
  constexpr int kMaxJsonDepth = 1024;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_string = !in_string;
    if (c == '\\') ++i;  // what is escaped, or is no JSON anyway
    if (in_string) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxJsonDepth) return true;
  }
  return false;
}

std::string described(const nlohmann::json& json) {
  constexpr std::size_t kLongest = 60;
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest - 3;
  while ((text[end] & 0xC0) == 0x80) --end;  // within a character
  return text.substr(0, end) + "...";
}

std::string as_json_string(std::string_view text) { return described(nlohmann::json(text)); }

}  // namespace weir::avro
