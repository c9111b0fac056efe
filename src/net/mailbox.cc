#include "net/mailbox.h"

#include <sys/eventfd.h>

#include <utility>

namespace weir::net {

void Mailbox::post(std::function<void()> call) {
  bool was_empty;
  {
    MutexLock lock(mutex_);
    was_empty = calls_.empty();
    calls_.push_back(std::move(call));
  }
  if (was_empty) wake();
}

void Mailbox::wake() { ::eventfd_write(wake_up_.get(), 1); }

std::vector<std::function<void()>> Mailbox::take() {
  MutexLock lock(mutex_);
  return std::exchange(calls_, {});
}

}  // namespace weir::net
