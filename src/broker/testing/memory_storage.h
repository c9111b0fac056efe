#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "broker/storage.h"

namespace weir::broker {

/// Files in memory that fail on demand: one operation after so many, or all from there on, as when
/// the process ends there. An append that fails writes half of its bytes. What was not synced can
/// be lost, too.
class MemoryStorage final : public Storage {
 public:
  std::map<std::string, std::string> files;
  std::optional<int> operations_left;  ///< how many succeed before the next one fails
  bool fails_for_good = false;         ///< whether those behind it fail too
  int operations = 0;                  ///< how many there have been

  /// As when the power fails: files are as they were when they were synced last, and those whose
  /// names, or whose directories' names, were not synced are gone.
  void lose_power() {
    files.clear();
    for (const auto& [path, file] : synced_names_) {
      if (is_synced(parent_of(path))) files[path] = synced_[file];
    }
    files_at_ = synced_names_;
    renamed_.clear();
    locked_.clear();
  }

  Result<void> operate(const std::string& path) {
    ++operations;
    if (!operations_left) return {};
    if (*operations_left > 0) {
      --*operations_left;
      return {};
    }
    if (!fails_for_good) operations_left.reset();
    return Error(ErrorCode::kUnavailable, "cannot use '" + path + "': on demand");
  }

  Result<void> create_directory(const std::string& path) override { return operate(path); }
  Result<std::vector<std::string>> list(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    std::set<std::string> names;
    for (const auto& [file, bytes] : files) {
      if (file.starts_with(path + "/")) {
        const std::string rest = file.substr(path.size() + 1);
        names.insert(rest.substr(0, rest.find('/')));
      }
    }
    return std::vector<std::string>(names.begin(), names.end());
  }
  Result<std::string> read(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    if (!files.contains(path)) return Error(ErrorCode::kNotFound, "no file '" + path + "'");
    return files.at(path);
  }
  Result<std::unique_ptr<StorageFile>> open(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    return file_at(path);
  }
  Result<void> sync_directory(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    const auto is_within = [&](const std::string& name) { return parent_of(name) == path; };
    std::erase_if(synced_names_, [&](const auto& entry) { return is_within(entry.first); });
    for (const auto& [name, content] : files) {
      if (is_within(name)) synced_names_[name] = files_at_[name];
      if (is_within(parent_of(name))) synced_directories_.insert(parent_of(name));
    }
    return {};
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    WEIR_RETURN_IF_ERROR(operate(to));
    files[to] = std::move(files.at(from));
    files.erase(from);
    files_at_[to] = files_at_[from];
    renamed_[from] = to;
    return {};
  }
  Result<void> remove(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    files.erase(path);
    return {};
  }
  Result<void> remove_directory(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(path + "/"); });
    return {};
  }
  Result<std::unique_ptr<StorageFile>> lock(const std::string& path) override {
    WEIR_RETURN_IF_ERROR(operate(path));
    if (locked_.contains(path)) return Error(ErrorCode::kAlreadyExists, "'" + path + "' is locked");
    return std::unique_ptr<StorageFile>(std::make_unique<Locked>(*this, path));
  }

 private:
  class File final : public StorageFile {
   public:
    File(MemoryStorage& storage, std::string path, int number)
        : storage_(storage), path_(std::move(path)), number_(number) {}
    Result<void> append(std::string_view bytes) override {
      auto outcome = storage_.operate(path_);
      content().append(outcome.ok() ? bytes : bytes.substr(0, bytes.size() / 2));
      return outcome;
    }
    Result<void> truncate(std::uint64_t size) override {
      WEIR_RETURN_IF_ERROR(storage_.operate(path_));
      content().resize(size);
      return {};
    }
    Result<void> sync() override {
      WEIR_RETURN_IF_ERROR(storage_.operate(path_));
      storage_.synced_[number_] = content();
      return {};
    }

   private:
    // An open file keeps its content when it gets another name.
    std::string& content() {
      if (const auto to = storage_.renamed_.find(path_); to != storage_.renamed_.end()) {
        path_ = to->second;
      }
      return storage_.files[path_];
    }
    MemoryStorage& storage_;
    std::string path_;
    const int number_;
  };

  class Locked final : public StorageFile {
   public:
    Locked(MemoryStorage& storage, std::string path) : storage_(storage), path_(std::move(path)) {
      storage_.locked_.insert(path_);
    }
    ~Locked() override { storage_.locked_.erase(path_); }
    Result<void> append(std::string_view) override { return {}; }
    Result<void> truncate(std::uint64_t) override { return {}; }
    Result<void> sync() override { return {}; }

   private:
    MemoryStorage& storage_;
    const std::string path_;
  };

  std::unique_ptr<StorageFile> file_at(const std::string& path) {
    renamed_.erase(path);
    if (files.try_emplace(path).second) files_at_[path] = ++last_number_;
    return std::make_unique<File>(*this, path, files_at_[path]);
  }
  /// Where `path` is a directory, its name and those of its parents are; the topmost one's always
  /// is.
  bool is_synced(const std::string& path) const {
    const std::string parent = parent_of(path);
    return parent == "." || (synced_directories_.contains(path) && is_synced(parent));
  }

  std::map<std::string, std::string> renamed_;
  // A file keeps its number, whatever its name; what was synced of it is found by that.
  int last_number_ = 0;
  std::map<std::string, int> files_at_;
  std::map<int, std::string> synced_;
  std::map<std::string, int> synced_names_;
  std::set<std::string> synced_directories_;
  std::set<std::string> locked_;
};

}  // namespace weir::broker
