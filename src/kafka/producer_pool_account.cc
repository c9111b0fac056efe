#include "kafka/producer_pool_account.h"

#include <utility>

namespace weir::kafka {

void LeaseAccount::hand_over(std::size_t batches, std::size_t bytes) {
  MutexLock lock(mutex_);
  batches_ += batches;
  bytes_ += bytes;
}

void LeaseAccount::settle(std::size_t bytes, const Result<void>& outcome) {
  MutexLock lock(mutex_);
  --batches_;
  bytes_ -= bytes;
  if (!outcome.ok() && !failure_) failure_ = outcome.error();
  changed_.notify_all();
}

void LeaseAccount::fail(const Error& error) {
  MutexLock lock(mutex_);
  if (!failure_) failure_ = error;
}

Result<void> LeaseAccount::wait_for_room(PoolHost& host, std::size_t limit) {
  MutexLock lock(mutex_);
  while (!ended_ && bytes_ > limit) host.wait(mutex_, changed_);
  if (ended_) return *ended_;
  return {};
}

Result<void> LeaseAccount::wait_for_all(PoolHost& host) {
  MutexLock lock(mutex_);
  while (!ended_ && batches_ > 0) host.wait(mutex_, changed_);
  if (ended_) return *ended_;
  if (auto failure = std::exchange(failure_, std::nullopt)) return *std::move(failure);
  return {};
}

bool LeaseAccount::end(const Error& reason) {
  MutexLock lock(mutex_);
  if (ended_) return false;
  ended_ = reason;
  changed_.notify_all();
  return true;
}

std::size_t LeaseAccount::bytes_on_their_way() const {
  MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace weir::kafka
