#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "net/loop.h"
#include "weir/queue_stream.h"
#include "weir/record_block.h"

namespace weir::detail {

/// Records that lie one behind the other in memory.
struct QueueBlock {
  std::shared_ptr<const void> owner;  ///< of the objects, shared with tasks that read them
  const char* first = nullptr;
  std::size_t stride = 0;
  std::int64_t from = 0;  ///< its first record's offset
  std::int64_t until = 0;
  std::size_t bytes = 0;

  std::size_t bytes_of(std::int64_t records) const {
    return bytes * static_cast<std::size_t>(records) / static_cast<std::size_t>(until - from);
  }
};

/// What was pushed and is not committed: in order, whatever its type. Shared by those who push and
/// by the source. Thread-safe.
class QueueCore {
 public:
  /// Adds records as one block. `committed` is given back by forget_before() once all of them are.
  /// Waits for room where there is a limit; false after refuse().
  bool push(QueueBlock block, std::size_t count, std::function<void()> committed = nullptr);
  /// Adds one record to the block that single records gather in, in the same way.
  bool add(void* record, std::size_t bytes, const RecordBlockType& type);
  /// No more will be pushed.
  void close();
  /// What is pushed from now on is not taken, nor is what waits.
  void refuse();
  /// Pushing waits while so many bytes, or more, are held.
  void limit(std::size_t bytes);

  /// `changed` is called on the loop after a push, until detach().
  void attach(net::Loop& loop, std::function<void()> changed);
  void detach();

  /// What is not before `from`.
  std::deque<QueueBlock> after(std::int64_t from) const;
  /// The next single record begins a block, so that this one can be let go of.
  void end_block();
  /// Lets go of what is committed, and returns whom to tell.
  [[nodiscard]] std::vector<std::function<void()>> forget_before(std::int64_t position);
  std::int64_t end() const;
  bool is_closed() const;

 private:
  struct Acknowledgement {
    std::int64_t until = 0;
    std::function<void()> committed;
  };
  bool wait_for_room() WEIR_REQUIRES(mutex_);
  void tell() WEIR_REQUIRES(mutex_);

  mutable Mutex mutex_;
  Condition room_;
  std::deque<QueueBlock> blocks_ WEIR_GUARDED_BY(mutex_);
  std::shared_ptr<RecordBlock> gathering_ WEIR_GUARDED_BY(mutex_);  // shared with blocks_.back()
  std::deque<Acknowledgement> acknowledgements_ WEIR_GUARDED_BY(mutex_);
  std::int64_t end_ WEIR_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ WEIR_GUARDED_BY(mutex_) = 0;
  std::size_t limit_ WEIR_GUARDED_BY(mutex_) = SIZE_MAX;
  bool closed_ WEIR_GUARDED_BY(mutex_) = false;
  bool refuses_ WEIR_GUARDED_BY(mutex_) = false;
  bool told_ WEIR_GUARDED_BY(mutex_) = false;  // changed_ is going to be called
  net::Loop* loop_ WEIR_GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<std::function<void()>> changed_ WEIR_GUARDED_BY(mutex_);  // expires at detach()
};

}  // namespace weir::detail
