#include "broker/key_map.h"

namespace weir::broker {

void KeyMap::note(std::string_view key, Offset offset) {
  if (const auto known = newest_.find(key); known != newest_.end()) {
    known->second = offset;
    return;
  }
  newest_.emplace(key, offset);
  bytes_ += kEntryBytes + key.size();
}

bool KeyMap::has_newer(std::string_view key, Offset offset) const {
  const auto known = newest_.find(key);
  return known != newest_.end() && known->second > offset;
}

}  // namespace weir::broker
