#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"

namespace weir::broker {

/// A file open for writing at its end. Owned by who opened it; one thread.
class StorageFile {
 public:
  virtual ~StorageFile() = default;
  /// Writes at the end. After a failure, any part of the bytes may be there.
  virtual Result<void> append(std::string_view bytes) = 0;
  /// Cuts the file down to `size` bytes.
  virtual Result<void> truncate(std::uint64_t size) = 0;
  /// Returns when all that was written would survive a loss of power.
  virtual Result<void> sync() = 0;
};

/// The files of a broker, so that tests can keep them in memory and let them fail. What was written
/// survives the end of the process, and a loss of power only once synced. Errors name the path and
/// the system's reason. Paths have '/' between their parts. One thread.
class Storage {
 public:
  virtual ~Storage() = default;
  /// Makes a directory, and its parents; it may be there already.
  virtual Result<void> create_directory(const std::string& path) = 0;
  /// The names of what lies in a directory, in order.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<std::string> read(const std::string& path) = 0;
  /// Opens a file, which need not be there yet, to write behind its end.
  virtual Result<std::unique_ptr<StorageFile>> open(const std::string& path) = 0;
  /// Returns when the names in a directory would survive a loss of power.
  virtual Result<void> sync_directory(const std::string& path) = 0;
  /// Puts a file in the place of another, at once.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  /// Removes a directory with the files in it.
  virtual Result<void> remove_directory(const std::string& path) = 0;
  /// Keeps a file to this process while the result lives; fails while another has it.
  virtual Result<std::unique_ptr<StorageFile>> lock(const std::string& path) = 0;
};

/// The directory that a file or a directory is in.
inline std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace weir::broker
