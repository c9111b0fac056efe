#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/append_file.h"
#include "broker/storage.h"

namespace weir::broker {

/// A small map that survives the process. What changes together is one record, framed by length and
/// CRC32C, at the end of one file. Opening reads it, drops a record that a crash has cut off, and
/// writes what is left as a new file; so does a change for which the file has become several
/// times as large as its content. Owned by its broker; one thread.
class Journal {
 public:
  using Entries = std::map<std::string, std::string, std::less<>>;
  /// A key's new value; nothing erases it.
  struct Change {
    std::string key;
    std::optional<std::string> value;
  };

  /// Fails where a file cannot be read or written, or is damaged elsewhere than in its last record.
  /// With `sync`, what was applied survives a loss of power.
  static Result<Journal> open(Storage& storage, const std::string& path, bool sync);

  const Entries& entries() const { return entries_; }
  /// Makes all of the changes, one after the other. After a failure none is made; the next process
  /// may find them made only if the file takes nothing more until then.
  Result<void> apply(const std::vector<Change>& changes);

 private:
  Journal(Storage& storage, std::string path, bool sync, Entries entries);

  Result<void> rewrite();
  Result<void> sync_name();
  void make(const Change& change);

  Storage& storage_;
  std::string path_;
  bool sync_;
  Entries entries_;
  std::uint64_t content_bytes_ = 0;  // of the records that the entries alone would take
  std::optional<AppendFile> file_;
  bool name_is_synced_ = true;
};

}  // namespace weir::broker
