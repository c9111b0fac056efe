#include "avro/names.h"

#include <algorithm>

namespace weir::avro {

namespace {

bool may_start_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool may_be_in_a_name(char c) { return may_start_a_name(c) || (c >= '0' && c <= '9'); }

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && may_start_a_name(text.front()) &&
         std::all_of(text.begin(), text.end(), may_be_in_a_name);
}

bool is_full_name(std::string_view text) {
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_name(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_name(text);
}

std::string full_name(std::string_view name, std::string_view enclosing) {
  // A leading dot means no namespace; other implementations write and read it so.
  if (!name.empty() && name.front() == '.') return std::string(name.substr(1));
  if (enclosing.empty() || name.find('.') != std::string_view::npos) return std::string(name);
  return std::string(enclosing) + "." + std::string(name);
}

std::string_view namespace_of(std::string_view full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

std::string_view simple_name_of(std::string_view full_name) {
  return full_name.substr(full_name.rfind('.') + 1);
}

std::string not_a_name(std::string_view text) {
  return "\"" + std::string(text.substr(0, 60)) +
         "\" is no name; a name has letters, digits and _, and does not begin with a digit";
}

}  // namespace weir::avro
