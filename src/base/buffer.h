#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace weir {

class BufferPool;

/// A counted reference to one contiguous, pooled piece of memory. Copies share the bytes; when the
/// last reference goes, the memory returns to its pool. Any thread may drop a reference; the bytes
/// are written by one owner before the reference is shared and are read-only afterwards.
class Buffer {
 public:
  Buffer() = default;

  char* data() const { return memory_.get(); }
  std::size_t capacity() const { return capacity_; }
  /// How many bytes from the start are in use; set by the writer.
  std::size_t size() const { return size_; }
  void set_size(std::size_t size) { size_ = size; }
  std::string_view view() const { return {memory_.get(), size_}; }
  explicit operator bool() const { return memory_ != nullptr; }

 private:
  friend class BufferPool;
  // Shared: a fetched response is pinned by the read-ahead, by its batch and by tasks at once.
  std::shared_ptr<char> memory_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

/// Recycles large buffers, so that steady work allocates nothing. Thread-safe; buffers may outlive
/// the pool. Keeps at most `max_idle_bytes` for reuse.
class BufferPool {
 public:
  explicit BufferPool(std::size_t max_idle_bytes);

  /// Returns a buffer with size 0 of at least `capacity` bytes, and of at most an eighth more (or
  /// 4 KiB), however large the memory is that it uses again.
  Buffer take(std::size_t capacity);

 private:
  struct Idle;
  std::shared_ptr<Idle> idle_;
};

}  // namespace weir
