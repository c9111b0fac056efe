#include "stream/listener_bus.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/mutex.h"

namespace weir::stream {

struct ListenerBus::Shared {
  explicit Shared(Log to) : log(std::move(to)) {}

  const Log log;
  Mutex mutex;
  std::vector<std::shared_ptr<Listener>> listeners WEIR_GUARDED_BY(mutex);
  net::Loop* loop WEIR_GUARDED_BY(mutex) = nullptr;
  std::size_t waiting WEIR_GUARDED_BY(mutex) = 0;
};

ListenerBus::ListenerBus(Log log) : shared_(std::make_shared<Shared>(std::move(log))) {}

void ListenerBus::add(std::shared_ptr<Listener> listener) {
  MutexLock lock(shared_->mutex);
  shared_->listeners.push_back(std::move(listener));
}

void ListenerBus::remove(const Listener& listener) {
  MutexLock lock(shared_->mutex);
  std::erase_if(shared_->listeners, [&](const auto& each) { return each.get() == &listener; });
}

bool ListenerBus::empty() const {
  MutexLock lock(shared_->mutex);
  return shared_->listeners.empty();
}

void ListenerBus::open(net::Loop& loop) {
  MutexLock lock(shared_->mutex);
  if (shared_->loop == nullptr) shared_->loop = &loop;
}

bool ListenerBus::takes_batch() {
  std::size_t waiting = 0;
  {
    MutexLock lock(shared_->mutex);
    if (shared_->loop == nullptr || shared_->listeners.empty()) return false;
    waiting = shared_->waiting;
  }
  if (waiting >= kMostWaiting) {
    ++untold_;
    return false;
  }
  if (const std::int64_t untold = std::exchange(untold_, 0); untold > 0) {
    shared_->log.warning(concat("listeners were too slow to be told of ", untold, " batches; ",
                                kMostWaiting, " calls were waiting for them"));
  }
  return true;
}

void ListenerBus::tell(Event event) {
  MutexLock lock(shared_->mutex);
  if (shared_->loop == nullptr) return;
  ++shared_->waiting;
  shared_->loop->post([shared = shared_, event = std::move(event)] { deliver(shared, event); });
}

void ListenerBus::deliver(const std::shared_ptr<Shared>& shared, const Event& event) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    MutexLock lock(shared->mutex);
    --shared->waiting;
    listeners = shared->listeners;
  }
  for (const auto& listener : listeners) {
    try {
      event(*listener);
    } catch (const std::exception& error) {
      shared->log.error(concat("a listener threw: ", error.what()));
    } catch (...) {
      shared->log.error("a listener threw something that is no std::exception");
    }
  }
}

void ListenerBus::close(net::Loop& driver, std::function<void()> told) {
  net::Loop* loop = nullptr;
  {
    MutexLock lock(shared_->mutex);
    loop = std::exchange(shared_->loop, nullptr);
  }
  if (loop == nullptr) return told();
  loop->post([&driver, told = std::move(told)] { driver.post(told); });
}

}  // namespace weir::stream
