#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"

namespace weir::state {

/// A file that is being written. Destroying it closes it.
class AppendedFile {
 public:
  virtual ~AppendedFile() = default;
  /// Appends bytes and returns once they are durable.
  virtual Result<void> append(std::string_view bytes) = 0;
};

/// A directory of files: on disk, or in memory with faults for tests.
class Directory {
 public:
  virtual ~Directory() = default;
  /// A name for messages.
  virtual std::string path() const = 0;
  /// The names of the files in it, sorted.
  virtual Result<std::vector<std::string>> list() const = 0;
  virtual Result<std::string> read(const std::string& name) const = 0;
  /// Makes a file with these bytes, or none: it appears under its name once it is durable.
  virtual Result<std::unique_ptr<AppendedFile>> create(const std::string& name,
                                                       std::string_view bytes) = 0;
  virtual Result<void> remove(const std::string& name) = 0;
};

/// Opens a directory on disk, which is made where it is missing. Fails where another process has it
/// open.
Result<std::unique_ptr<Directory>> open_directory(const std::string& path);

}  // namespace weir::state
