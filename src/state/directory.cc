#include "state/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/log.h"

namespace weir::state {

namespace {

namespace fs = std::filesystem;

Error failed(std::string_view what, const std::string& path, int error) {
  return Error(ErrorCode::kUnavailable,
               concat("cannot ", what, " ", path, ": ", std::generic_category().message(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

class FileOnDisk final : public AppendedFile {
 public:
  FileOnDisk(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fdatasync(file_.number()) != 0) return failed("write", path_, errno);
    return {};
  }
  void rename_to(const std::string& path) { path_ = path; }

 private:
  Descriptor file_;
  std::string path_;
};

class DirectoryOnDisk final : public Directory {
 public:
  DirectoryOnDisk(std::string path, Descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path() const override { return path_; }
  Result<std::vector<std::string>> list() const override {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator at(path_, error), end; !error && at != end; at.increment(error)) {
      names.push_back(at->path().filename().string());
    }
    if (error) return failed("list", path_, error.value());
    std::sort(names.begin(), names.end());
    return names;
  }
  Result<std::string> read(const std::string& name) const override {
    std::ifstream file(in(name), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && !file.eof()) return failed("read", in(name), errno);
    return bytes;
  }
  Result<std::unique_ptr<AppendedFile>> create(const std::string& name,
                                               std::string_view bytes) override {
    const std::string fresh = in(name) + ".new";
    Descriptor opened(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!opened.is_open()) return failed("create", fresh, errno);
    auto file = std::make_unique<FileOnDisk>(std::move(opened), fresh);
    WEIR_RETURN_IF_ERROR(file->append(bytes));
    if (::rename(fresh.c_str(), in(name).c_str()) != 0) return failed("rename", fresh, errno);
    file->rename_to(in(name));
    WEIR_RETURN_IF_ERROR(make_names_durable());
    return std::unique_ptr<AppendedFile>(std::move(file));
  }
  Result<void> remove(const std::string& name) override {
    if (::unlink(in(name).c_str()) != 0) return failed("remove", in(name), errno);
    return {};
  }

 private:
  std::string in(const std::string& name) const { return concat(path_, "/", name); }
  Result<void> make_names_durable() const {
    const Descriptor self(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!self.is_open() || ::fsync(self.number()) != 0) return failed("write", path_, errno);
    return {};
  }

  std::string path_;
  Descriptor lock_;
};

}  // namespace

Result<std::unique_ptr<Directory>> open_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failed("make the directory", path, error.value());
  const std::string lock_path = path + "/lock";
  Descriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock.is_open()) return failed("create", lock_path, errno);
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    return Error(ErrorCode::kAlreadyExists,
                 concat("the state directory ", path,
                        " is in use by another process; give each process its own"));
  }
  return std::unique_ptr<Directory>(std::make_unique<DirectoryOnDisk>(path, std::move(lock)));
}

}  // namespace weir::state
