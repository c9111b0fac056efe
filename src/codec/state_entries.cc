#include "weir/state_entries.h"

namespace weir::detail {

namespace {

void put(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}

std::optional<std::uint64_t> take(std::string_view& bytes, std::size_t size) {
  if (bytes.size() < size) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  bytes.remove_prefix(size);
  return number;
}

std::optional<std::string_view> take_text(std::string_view& bytes) {
  const auto size = take(bytes, 4);
  if (!size || *size > bytes.size()) return std::nullopt;
  const std::string_view text = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return text;
}

}  // namespace

void append_entry(std::string& out, const StateEntry& entry) {
  put(out, entry.key.size(), 4);
  out.append(entry.key);
  put(out, entry.has_value ? 1 : 0, 1);
  put(out, static_cast<std::uint64_t>(entry.touched.micros), 8);
  put(out, entry.value.size(), 4);
  out.append(entry.value);
}

std::optional<StateEntry> take_entry(std::string_view& bytes) {
  std::string_view rest = bytes;
  const auto key = take_text(rest);
  const auto has_value = take(rest, 1);
  const auto touched = take(rest, 8);
  const auto value = take_text(rest);
  if (!key || !has_value || !touched || !value) return std::nullopt;
  bytes = rest;
  return StateEntry{*key, *has_value != 0, {static_cast<std::int64_t>(*touched)}, *value};
}

}  // namespace weir::detail
