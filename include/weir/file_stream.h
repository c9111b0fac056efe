#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/byte_input.h"
#include "weir/receiver.h"

namespace weir {

/// Which files of a directory a stream reads, and how.
struct FileOptions {
  /// Only what has changed since the stream began; else what there is too, so far as `remember`
  /// allows.
  bool new_files_only = true;
  /// Which files, by their paths; where empty, those whose names do not begin with '.'.
  std::function<bool(const std::string& path)> filter = nullptr;
  /// Files that have not changed for so long are left out. A longer time takes more memory: for
  /// each file that was read within it, its path.
  Duration remember = std::chrono::seconds(60);
  /// The time between two looks at the directory.
  Duration poll_interval = std::chrono::seconds(1);
  /// A longer line or record is an error.
  std::size_t max_record_bytes = std::size_t{1} << 20;
  ReceiverOptions receiver{};  ///< its name is "files <directory>" where it is empty
};

namespace detail {

/// The new files of a directory. Used by the receiver's thread.
class NewFiles {
 public:
  using Read = std::function<Result<void>(ByteInput& input)>;
  NewFiles(std::string directory, FileOptions options);

  /// Reads the files that are new at `now`, the oldest first. What cannot be read is new again the
  /// next time, holds up no other, and is the error that is returned.
  Result<void> read_new(WallTime now, const Read& read);

 private:
  struct File {
    std::int64_t changed_millis = 0;
    std::string path;
    auto operator<=>(const File&) const = default;
  };
  Result<std::vector<File>> find(WallTime now);
  bool is_new(const File& file, WallTime now) const;
  Result<void> read_file(const std::string& path, const Read& read) const;

  const std::string directory_;
  const FileOptions options_;
  std::optional<WallTime> began_;
  std::map<std::string, std::int64_t> read_at_;  // by path, so long as it may be found again
};

template <class T, class F>
class FileReceiver final : public Receiver<T> {
 public:
  FileReceiver(std::string directory, FileOptions options, F f)
      : files_(std::move(directory), std::move(options)), f_(std::move(f)) {}

  Result<void> on_start(ReceiverHandle<T> handle) override {
    return files_.read_new(handle.wall_time(), [&](ByteInput& input) {
      return handle.stopping() ? Result<void>() : store_all(handle, f_, input);
    });
  }

 private:
  NewFiles files_;
  const F f_;
};

ReceiverOptions receiver_of(const FileOptions& options, const std::string& directory);

}  // namespace detail

/// Streams what `f(ByteInput&) -> Result<std::optional<T>>` makes of the files that appear in a
/// directory: called again and again for each file, until it returns nothing. `directory` may be a
/// pattern of directories ("in/*", as a shell has it). Directories within are not looked into.
///
/// A file is read once, when the time of its last change is that of `FileOptions`. Files should
/// appear whole: write them elsewhere on the same disk, and move them in. What is not committed is
/// lost with the process, and a file that was read before it is not read again: see
/// receiver_stream(). Under `stop_at_end` the stream reads what is there, and ends.
template <class F>
auto file_stream(Pipeline& pipeline, std::string directory, F f, FileOptions options = {}) {
  using T = typename detail::RecordReadBy<F>::Type;
  static_assert(!std::is_void_v<T>,
                "file_stream(): the function must take weir::ByteInput& and return "
                "weir::Result<std::optional<T>>: a record, nothing at the end, or an error");
  ReceiverOptions receiver = detail::receiver_of(options, directory);
  return receiver_stream(pipeline,
                         std::make_unique<detail::FileReceiver<T, F>>(
                             std::move(directory), std::move(options), std::move(f)),
                         std::move(receiver));
}

/// Streams the lines of the files that appear in a directory; see file_stream().
DStream<std::string> text_file_stream(Pipeline& pipeline, std::string directory,
                                      FileOptions options = {});

/// Streams records of `record_bytes` bytes each from the files that appear in a directory; see
/// file_stream().
DStream<std::string> binary_records_stream(Pipeline& pipeline, std::string directory,
                                           std::size_t record_bytes, FileOptions options = {});

}  // namespace weir
