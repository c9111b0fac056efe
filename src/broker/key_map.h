#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "weir/types.h"

namespace weir::broker {

/// For each key that was noted the offset of its newest record: what a compaction goes by. Keys are
/// kept whole, so that two are never taken for one. Owned by its LogCleaner; one thread.
class KeyMap {
 public:
  /// Is full once its keys take about so many bytes.
  explicit KeyMap(std::size_t limit) : limit_(limit) {}

  /// Notes a record that lies behind all that were noted before.
  void note(std::string_view key, Offset offset);
  /// Whether no more should be noted. Nothing breaks if it is.
  bool full() const { return bytes_ >= limit_; }
  /// Whether a record with the key that lies behind `offset` was noted.
  bool has_newer(std::string_view key, Offset offset) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  // What an entry takes besides its key.
  static constexpr std::size_t kEntryBytes = 100;

  const std::size_t limit_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Offset, Hash, std::equal_to<>> newest_;
};

}  // namespace weir::broker
