#pragma once

#include <atomic>
#include <cstddef>

namespace weir::exec {

/// Counts what a batch holds in memory until it is decided that it can be run as one: blocks in its
/// exchanges, and output that is held back meanwhile. One for each batch, shared by its tasks;
/// thread-safe.
class BatchMemory {
 public:
  explicit BatchMemory(std::size_t limit) : limit_(limit) {}

  /// Counts `bytes` more. False where that is beyond the limit: the batch has overrun then.
  [[nodiscard]] bool add(std::size_t bytes);
  void remove(std::size_t bytes) { bytes_ -= bytes; }

  std::size_t limit() const { return limit_; }
  /// The most that was held at once.
  std::size_t peak() const { return peak_; }
  bool overran() const { return peak_ > limit_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> peak_{0};
};

}  // namespace weir::exec
