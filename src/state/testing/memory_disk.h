#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "state/directory.h"

namespace weir::state {

/// A disk for tests: what a directory has outlives the processes that open it, and writing fails as
/// told. For one thread.
struct MemoryDisk {
  std::map<std::string, std::string> files;  ///< by name
  /// How many bytes more fit; what does not fit is written so far as it does, and refused. Without:
  /// any number.
  std::optional<std::size_t> space;
  /// The process dies after so many bytes of its next write.
  std::optional<std::size_t> dies_after;
  bool is_open = false;
  bool has_died =
      false;  ///< set by a death; for the test to take back, until the next process opens it
};

namespace on_memory_disk {

inline Error cannot(std::string_view what, std::string_view path, std::string_view why) {
  return Error(ErrorCode::kUnavailable, concat("cannot ", what, " ", path, ": ", why));
}

/// Appends what fits to a file of the disk.
inline Result<void> append_to(MemoryDisk& disk, const std::string& path, std::string& file,
                              std::string_view bytes) {
  if (disk.has_died) return cannot("write", path, "the process is dead");
  const std::optional<std::size_t> dies_after = std::exchange(disk.dies_after, std::nullopt);
  std::size_t fits = std::min(bytes.size(), dies_after.value_or(bytes.size()));
  if (disk.space) {
    fits = std::min(fits, *disk.space);
    *disk.space -= fits;
  }
  file += bytes.substr(0, fits);
  disk.has_died = dies_after.has_value();
  if (disk.has_died) return cannot("write", path, "the process dies");
  if (fits < bytes.size()) return cannot("write", path, "No space left on device");
  return {};
}

class FileInMemory final : public AppendedFile {
 public:
  FileInMemory(MemoryDisk& disk, std::string name, std::string path)
      : disk_(disk), name_(std::move(name)), path_(std::move(path)) {}
  Result<void> append(std::string_view bytes) override {
    return append_to(disk_, path_, disk_.files[name_], bytes);
  }

 private:
  MemoryDisk& disk_;
  const std::string name_;
  const std::string path_;
};

class DirectoryInMemory final : public Directory {
 public:
  DirectoryInMemory(MemoryDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {
    disk_.is_open = true;
  }
  ~DirectoryInMemory() override { disk_.is_open = false; }

  std::string path() const override { return path_; }
  Result<std::vector<std::string>> list() const override {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : disk_.files) names.push_back(name);
    return names;
  }
  Result<std::string> read(const std::string& name) const override {
    const auto found = disk_.files.find(name);
    if (found == disk_.files.end()) return cannot("read", in(name), "No such file or directory");
    return found->second;
  }
  Result<std::unique_ptr<AppendedFile>> create(const std::string& name,
                                               std::string_view bytes) override {
    std::string& fresh = disk_.files[name + ".new"];
    fresh.clear();
    WEIR_RETURN_IF_ERROR(append_to(disk_, in(name), fresh, bytes));
    disk_.files[name] = std::move(fresh);
    disk_.files.erase(name + ".new");
    return std::unique_ptr<AppendedFile>(std::make_unique<FileInMemory>(disk_, name, in(name)));
  }
  Result<void> remove(const std::string& name) override {
    if (disk_.has_died) return cannot("remove", in(name), "the process is dead");
    disk_.files.erase(name);
    return {};
  }

 private:
  std::string in(const std::string& name) const { return concat(path_, "/", name); }

  MemoryDisk& disk_;
  const std::string path_;
};

}  // namespace on_memory_disk

/// Opens the disk's only directory, for one process at a time.
inline Result<std::unique_ptr<Directory>> open_memory_directory(MemoryDisk& disk,
                                                                const std::string& path) {
  if (disk.is_open) {
    return Error(ErrorCode::kAlreadyExists,
                 concat("the state directory ", path, " is in use by another process"));
  }
  disk.has_died = false;
  return std::unique_ptr<Directory>(
      std::make_unique<on_memory_disk::DirectoryInMemory>(disk, path));
}

}  // namespace weir::state
