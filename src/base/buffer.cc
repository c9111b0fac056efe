#include "base/buffer.h"

#include <algorithm>
#include <bit>

namespace weir {

struct BufferPool::Idle {
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t capacity;
  };

  explicit Idle(std::size_t max) : max_bytes(max) {}
  const std::size_t max_bytes;
  Mutex mutex;
  std::size_t bytes WEIR_GUARDED_BY(mutex) = 0;
  std::vector<Block> blocks WEIR_GUARDED_BY(mutex);

  Block take(std::size_t capacity) {
    MutexLock lock(mutex);
    auto best = blocks.end();
    for (auto it = blocks.begin(); it != blocks.end(); ++it) {
      if (it->capacity >= capacity && (best == blocks.end() || it->capacity < best->capacity))
        best = it;
    }
    if (best == blocks.end() || best->capacity > 4 * capacity + 65536) return {nullptr, 0};
    Block block = std::move(*best);
    *best = std::move(blocks.back());
    blocks.pop_back();
    bytes -= block.capacity;
    return block;
  }

  void give_back(Block block) {
    MutexLock lock(mutex);
    if (bytes + block.capacity > max_bytes) return;
    bytes += block.capacity;
    blocks.push_back(std::move(block));
  }
};

BufferPool::BufferPool(std::size_t max_idle_bytes)
    : idle_(std::make_shared<Idle>(max_idle_bytes)) {}

Buffer BufferPool::take(std::size_t capacity) {
  // Sizes are rounded up to a sixteenth of their power of two, so that near sizes share blocks.
  const std::size_t step = std::max<std::size_t>(4096, std::bit_ceil(capacity) / 16);
  capacity = (capacity + step - 1) / step * step;
  Idle::Block block = idle_->take(capacity);
  if (!block.memory) block = {std::make_unique_for_overwrite<char[]>(capacity), capacity};
  Buffer buffer;
  buffer.capacity_ = capacity;  // not the block's: what fills its buffer must not outgrow its limit
  char* memory = block.memory.release();
  buffer.memory_ = {memory, [pool = std::weak_ptr(idle_), size = block.capacity](char* bytes) {
                      Idle::Block returned{std::unique_ptr<char[]>(bytes), size};
                      if (auto idle = pool.lock()) idle->give_back(std::move(returned));
                    }};
  return buffer;
}

}  // namespace weir
