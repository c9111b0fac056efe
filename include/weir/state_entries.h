#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "weir/codec.h"
#include "weir/types.h"

/// How state is written down: a row of entries, each the last word on one key. An entry is the size
/// of the key, the key, whether there is a value, when it was touched (microseconds since 1970),
/// the size of the value, the value. Numbers are little-endian: sizes of 4 bytes, times of 8, a
/// byte for whether. Keys and values are as their Codec writes them.
namespace weir::detail {

struct StateEntry {
  std::string_view key;
  bool has_value = false;
  BatchTime touched{};
  std::string_view value{};
};

void append_entry(std::string& out, const StateEntry& entry);
/// Takes an entry from the begin of `bytes`; nothing where they are no entries, or at their end.
std::optional<StateEntry> take_entry(std::string_view& bytes);

/// What is known of a state from before the start: by the bytes of each key, in no partition.
struct StoredValue {
  BatchTime touched;
  std::string value;
};
using StoredState = std::unordered_map<std::string, StoredValue>;

/// Writes a value as its Codec does.
template <HasCodec T>
void write_with_codec(const T& value, std::string& into) {
  into.resize(Codec<T>::size(value));
  Codec<T>::write(value, into.data());
}

}  // namespace weir::detail
