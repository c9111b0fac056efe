#include "weir/state_entries.h"

#include "codec/little_endian.h"

namespace weir::detail {

void append_entry(std::string& out, const StateEntry& entry) {
  put_little_endian(out, entry.key.size(), 4);
  out.append(entry.key);
  put_little_endian(out, entry.has_value ? 1 : 0, 1);
  put_little_endian(out, static_cast<std::uint64_t>(entry.touched.micros), 8);
  put_little_endian(out, entry.value.size(), 4);
  out.append(entry.value);
}

std::optional<StateEntry> take_entry(std::string_view& bytes) {
  std::string_view rest = bytes;
  const auto key = take_sized(rest, 4);
  const auto has_value = take_little_endian(rest, 1);
  const auto touched = take_little_endian(rest, 8);
  const auto value = take_sized(rest, 4);
  if (!key || !has_value || !touched || !value) return std::nullopt;
  bytes = rest;
  return StateEntry{*key, *has_value != 0, {static_cast<std::int64_t>(*touched)}, *value};
}

}  // namespace weir::detail
