#pragma once

#include <cstddef>
#include <optional>

#include "base/mutex.h"
#include "kafka/producer_pool_host.h"
#include "weir/result.h"

namespace weir::kafka {

/// What a lease's thread and the pool's loop both need to know of a lease: what is on its way, what
/// failed, and whether it is over. Shared by the two; thread-safe.
class LeaseAccount {
 public:
  /// So many batches, holding so much memory, are handed to the loop.
  void hand_over(std::size_t batches, std::size_t bytes);
  /// One of them was written or failed for good.
  void settle(std::size_t bytes, const Result<void>& outcome);
  /// Counts as a batch that failed.
  void fail(const Error& error);

  /// Waits until at most `limit` bytes are on their way. Fails when the lease has ended.
  Result<void> wait_for_room(PoolHost& host, std::size_t limit);
  /// Waits until nothing is on its way. Fails when the lease has ended, or with the first failure
  /// since the last call.
  Result<void> wait_for_all(PoolHost& host);

  /// Ends the lease: waits fail with `reason`. False when it had ended before.
  bool end(const Error& reason);
  std::size_t bytes_on_their_way() const;

 private:
  mutable Mutex mutex_;
  Condition changed_;
  std::size_t batches_ WEIR_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ WEIR_GUARDED_BY(mutex_) = 0;
  std::optional<Error> failure_ WEIR_GUARDED_BY(mutex_);  // the first, until it was told
  std::optional<Error> ended_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::kafka
