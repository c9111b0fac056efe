#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "broker/append_file.h"
#include "broker/storage.h"

namespace weir::broker {

/// A small map that survives the process: every change is a record, framed by length and CRC32C, at
/// the end of one file. Opening reads it, drops a record that a crash has cut off, and writes what
/// is left as a new file. Owned by its broker; one thread.
class Journal {
 public:
  using Entries = std::map<std::string, std::string, std::less<>>;

  /// Fails where a file cannot be read or written, or is damaged elsewhere than in its last record.
  static Result<Journal> open(Storage& storage, const std::string& path, bool sync);

  const Entries& entries() const { return entries_; }
  /// Null where there is none.
  const std::string* find(std::string_view key) const;
  /// Sets a value. After a failure nothing has changed.
  Result<void> put(std::string_view key, std::string_view value);
  Result<void> erase(std::string_view key);

 private:
  Journal(Entries entries, AppendFile file)
      : entries_(std::move(entries)), file_(std::move(file)) {}

  Entries entries_;
  AppendFile file_;
};

}  // namespace weir::broker
