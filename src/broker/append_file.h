#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "broker/storage.h"

namespace weir::broker {

/// A file that grows by whole pieces: an append that fails leaves nothing behind. Where even that
/// cannot be had, the file takes nothing more, so that no piece ever follows a torn one.
/// Owned by the log it belongs to; one thread.
class AppendFile {
 public:
  /// `size` is how many bytes the file has.
  AppendFile(std::unique_ptr<StorageFile> file, std::uint64_t size, bool sync)
      : file_(std::move(file)), size_(size), sync_(sync) {}

  Result<void> append(std::string_view piece);
  std::uint64_t size() const { return size_; }
  /// Why the file takes nothing more, if so.
  const std::optional<Error>& broken() const { return broken_; }

 private:
  Result<void> write(std::string_view piece);

  std::unique_ptr<StorageFile> file_;
  std::uint64_t size_;
  bool sync_;
  std::optional<Error> broken_;
};

}  // namespace weir::broker
