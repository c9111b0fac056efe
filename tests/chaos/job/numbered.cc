#include "numbered.h"

#include <charconv>

namespace chaos {

namespace {

/// Takes a text's first word, up to the next blank, off it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::optional<std::int64_t> number_in(std::string_view text) {
  if (take_word(text) != "n") return std::nullopt;
  take_word(text);
  take_word(text);
  const std::string_view word = take_word(text);
  std::int64_t number = 0;
  const char* last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data(), last, number);
  if (error != std::errc() || end != last || text.empty()) return std::nullopt;
  return number;
}

}  // namespace chaos
