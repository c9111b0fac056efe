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
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

}  // namespace weir::avro
