#include "broker/file_storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/log.h"

namespace weir::broker {

namespace {

Error file_error(std::string_view action, const std::string& path, const std::error_code& reason) {
  return Error(ErrorCode::kUnavailable,
               concat("cannot ", action, " '", path, "': ", reason.message()));
}

Error last_file_error(std::string_view action, const std::string& path) {
  return file_error(action, path, std::error_code(errno, std::generic_category()));
}

class SystemFile final : public StorageFile {
 public:
  SystemFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return last_file_error("write to", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) == 0) return {};
    return last_file_error("cut", path_);
  }
  Result<void> sync() override {
    if (::fdatasync(descriptor_) == 0) return {};
    return last_file_error("sync", path_);
  }

 private:
  const int descriptor_;
  const std::string path_;
};

Result<int> open_descriptor(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) return last_file_error("open", path);
  return descriptor;
}

}  // namespace

Result<void> FileStorage::create_directory(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return file_error("create directory", path, failed);
  return {};
}

Result<std::vector<std::string>> FileStorage::list(const std::string& path) {
  std::error_code failed;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, failed);
  while (!failed && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(failed);
  }
  if (failed) return file_error("list", path, failed);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> FileStorage::read(const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const int descriptor, open_descriptor(path, O_RDONLY));
  const SystemFile closes(descriptor, path);
  std::string bytes;
  char piece[64 * 1024];
  while (true) {
    const ssize_t count = ::read(descriptor, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_file_error("read", path);
    if (count == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(count));
  }
}

Result<std::unique_ptr<StorageFile>> FileStorage::open(const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const int descriptor, open_descriptor(path, O_WRONLY | O_APPEND | O_CREAT));
  return std::unique_ptr<StorageFile>(std::make_unique<SystemFile>(descriptor, path));
}

Result<void> FileStorage::sync_directory(const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const int descriptor, open_descriptor(path, O_RDONLY | O_DIRECTORY));
  const SystemFile closes(descriptor, path);
  if (::fsync(descriptor) == 0) return {};
  return last_file_error("sync", path);
}

Result<void> FileStorage::rename(const std::string& from, const std::string& to) {
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (failed) return file_error("replace", to, failed);
  return {};
}

Result<void> FileStorage::remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return {};
  return last_file_error("remove", path);
}

Result<void> FileStorage::remove_directory(const std::string& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed) return file_error("remove directory", path, failed);
  return {};
}

Result<std::unique_ptr<StorageFile>> FileStorage::lock(const std::string& path) {
  WEIR_ASSIGN_OR_RETURN(const int descriptor, open_descriptor(path, O_RDWR | O_CREAT));
  auto file = std::make_unique<SystemFile>(descriptor, path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    return std::unique_ptr<StorageFile>(std::move(file));
  }
  if (errno != EWOULDBLOCK) return last_file_error("lock", path);
  return Error(ErrorCode::kAlreadyExists,
               concat("'", path,
                      "' is locked: another broker uses this directory; stop it, or "
                      "give this one a directory of its own"));
}

}  // namespace weir::broker
