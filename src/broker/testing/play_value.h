#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"

namespace weir::broker {

/// A value as plays write it: `7`, `"text"`, `[1, 2]`, `{name="t", partitions=[0]}`.
struct PlayValue {
  enum class Kind { kWord, kText, kList, kStruct };
  Kind kind = Kind::kStruct;
  std::string text;              ///< of a word (7, true, null) or a text
  std::vector<PlayValue> items;  ///< of a list
  struct Field;
  std::vector<Field> fields;  ///< of a struct

  /// Null where there is none.
  const PlayValue* field(std::string_view name) const;
  bool is_null() const { return kind == Kind::kWord && text == "null"; }
};

struct PlayValue::Field {
  std::string name;
  PlayValue value;
};

inline const PlayValue* PlayValue::field(std::string_view name) const {
  for (const Field& each : fields) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

/// Reads one value; fails on anything else.
Result<PlayValue> parse_play_value(std::string_view text);

}  // namespace weir::broker
