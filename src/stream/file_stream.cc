#include "weir/file_stream.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <system_error>

#include "base/log.h"
#include "net/fd.h"

namespace weir {

namespace {

namespace fs = std::filesystem;

Error file_error(const std::string& path, const std::error_code& why) {
  return {ErrorCode::kNotFound, concat(path, ": ", why.message())};
}

bool has_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> directories_of(const std::string& pattern) {
  if (!has_pattern(pattern)) return {pattern};
  glob_t found{};
  std::vector<std::string> directories;
  if (::glob(pattern.c_str(), GLOB_ONLYDIR, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      if (fs::is_directory(found.gl_pathv[i])) directories.emplace_back(found.gl_pathv[i]);
    }
  }
  ::globfree(&found);
  return directories;
}

std::int64_t millis_of(fs::file_time_type time) {
  const auto since_epoch = fs::file_time_type::clock::to_sys(time).time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(since_epoch).count();
}

Result<net::Fd> open_file(const std::string& path) {
  net::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return file_error(path, {errno, std::generic_category()});
  return file;
}

Result<std::size_t> read_some(const net::Fd& file, std::span<char> space) {
  const ssize_t count = ::read(file.get(), space.data(), space.size());
  if (count >= 0) return static_cast<std::size_t>(count);
  const std::error_code why(errno, std::generic_category());
  return Error(ErrorCode::kUnavailable, why.message());
}

std::int64_t millis(Duration duration) { return duration / std::chrono::milliseconds(1); }

}  // namespace

namespace detail {

NewFiles::NewFiles(std::string directory, FileOptions options)
    : directory_(std::move(directory)), options_(std::move(options)) {}

Result<void> NewFiles::read_new(WallTime now, const Read& read) {
  if (!began_) began_ = now;
  std::erase_if(read_at_, [&](const auto& each) {
    return each.second <= now.millis - millis(options_.remember);
  });
  Result<void> outcome;
  WEIR_ASSIGN_OR_RETURN(const std::vector<File> files, find(now));
  for (const File& file : files) {
    Result<void> result = read_file(file.path, read);
    if (result.ok()) read_at_.emplace(file.path, now.millis);
    if (!result.ok() && outcome.ok()) outcome = std::move(result);
  }
  return outcome;
}

Result<std::vector<NewFiles::File>> NewFiles::find(WallTime now) {
  std::vector<File> files;
  for (const std::string& directory : directories_of(directory_)) {
    std::error_code error;
    fs::directory_iterator at(directory, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      std::error_code gone;  // it was there a moment ago
      const auto changed = at->last_write_time(gone);
      if (gone || !at->is_regular_file(gone)) continue;
      File file{millis_of(changed), at->path().string()};
      if (is_new(file, now)) files.push_back(std::move(file));
    }
    if (error) return file_error(directory, error);
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool NewFiles::is_new(const File& file, WallTime now) const {
  const std::int64_t since = now.millis - millis(options_.remember);
  if (file.changed_millis <= since || file.changed_millis > now.millis) return false;
  if (options_.new_files_only && file.changed_millis <= began_->millis) return false;
  if (read_at_.contains(file.path)) return false;
  if (options_.filter) return options_.filter(file.path);
  return !fs::path(file.path).filename().string().starts_with('.');
}

Result<void> NewFiles::read_file(const std::string& path, const Read& read) const {
  WEIR_ASSIGN_OR_RETURN(const net::Fd file, open_file(path));
  ByteInput input([&](std::span<char> space) { return read_some(file, space); },
                  options_.max_record_bytes);
  try {
    Result<void> result = read(input);
    return result.ok() ? result : std::move(result).error().with_context(path);
  } catch (const std::exception& error) {
    return Error(ErrorCode::kUserFunction, concat(path, ": ", error.what()));
  }
}

ReceiverOptions receiver_of(const FileOptions& options, const std::string& directory) {
  ReceiverOptions receiver = options.receiver;
  if (receiver.name.empty()) receiver.name = concat("files ", directory);
  receiver.poll_interval = options.poll_interval;
  return receiver;
}

}  // namespace detail

DStream<std::string> text_file_stream(Pipeline& pipeline, std::string directory,
                                      FileOptions options) {
  return file_stream(
      pipeline, std::move(directory), [](ByteInput& input) { return input.read_line(); },
      std::move(options));
}

DStream<std::string> binary_records_stream(Pipeline& pipeline, std::string directory,
                                           std::size_t record_bytes, FileOptions options) {
  options.max_record_bytes = record_bytes;
  const auto read = [record_bytes](ByteInput& input) { return input.read(record_bytes); };
  if (record_bytes > 0) {
    return file_stream(pipeline, std::move(directory), read, std::move(options));
  }
  const auto stream = file_stream(pipeline, std::move(directory), read, std::move(options));
  detail::append_mistake(stream.node(),
                         Error(ErrorCode::kInvalidArgument,
                               "binary_records_stream(): a record must have at least 1 byte"));
  return stream;
}

}  // namespace weir
