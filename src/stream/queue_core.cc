#include "stream/queue_core.h"

#include <utility>

namespace weir::detail {

bool QueueCore::push(QueueBlock block, std::size_t count, std::function<void()> committed) {
  const MutexLock lock(mutex_);
  if (!wait_for_room()) return false;
  gathering_.reset();
  block.from = end_;
  end_ += static_cast<std::int64_t>(count);
  block.until = end_;
  bytes_ += block.bytes;
  blocks_.push_back(std::move(block));
  if (committed) acknowledgements_.push_back({end_, std::move(committed)});
  tell();
  return true;
}

bool QueueCore::add(void* record, std::size_t bytes, const RecordBlockType& type) {
  const MutexLock lock(mutex_);
  if (!wait_for_room()) return false;
  if (!gathering_) {
    gathering_ = type.make();
    blocks_.push_back(
        {gathering_, static_cast<const char*>(gathering_->first()), type.stride, end_, end_, 0});
  }
  const bool has_room = gathering_->add(record);
  QueueBlock& block = blocks_.back();
  block.until = ++end_;
  block.bytes += bytes;
  bytes_ += bytes;
  if (!has_room) gathering_.reset();
  tell();
  return true;
}

bool QueueCore::wait_for_room() {
  while (bytes_ >= limit_ && !refuses_) room_.wait(mutex_);
  return !refuses_;
}

void QueueCore::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  tell();
}

void QueueCore::refuse() {
  const MutexLock lock(mutex_);
  refuses_ = true;
  room_.notify_all();
}

void QueueCore::limit(std::size_t bytes) {
  const MutexLock lock(mutex_);
  limit_ = bytes;
}

void QueueCore::attach(net::Loop& loop, std::function<void()> changed) {
  const MutexLock lock(mutex_);
  loop_ = &loop;
  changed_ = std::make_shared<std::function<void()>>([this, changed = std::move(changed)] {
    {
      const MutexLock telling(mutex_);
      told_ = false;
    }
    changed();
  });
  tell();
}

void QueueCore::detach() {
  const MutexLock lock(mutex_);
  loop_ = nullptr;
  changed_.reset();
}

void QueueCore::tell() {
  if (loop_ == nullptr || std::exchange(told_, true)) return;
  loop_->post([changed = std::weak_ptr(changed_)] {
    if (const auto call = changed.lock()) (*call)();
  });
}

std::deque<QueueBlock> QueueCore::after(std::int64_t from) const {
  const MutexLock lock(mutex_);
  std::deque<QueueBlock> found;
  for (const QueueBlock& each : blocks_) {
    if (each.until > from) found.push_back(each);
  }
  return found;
}

void QueueCore::end_block() {
  const MutexLock lock(mutex_);
  gathering_.reset();
}

std::vector<std::function<void()>> QueueCore::forget_before(std::int64_t position) {
  const MutexLock lock(mutex_);
  while (!blocks_.empty() && blocks_.front().until <= position) {
    if (blocks_.size() == 1) gathering_.reset();
    bytes_ -= blocks_.front().bytes;
    blocks_.pop_front();
  }
  room_.notify_all();
  std::vector<std::function<void()>> told;
  while (!acknowledgements_.empty() && acknowledgements_.front().until <= position) {
    told.push_back(std::move(acknowledgements_.front().committed));
    acknowledgements_.pop_front();
  }
  return told;
}

std::int64_t QueueCore::end() const {
  const MutexLock lock(mutex_);
  return end_;
}

bool QueueCore::is_closed() const {
  const MutexLock lock(mutex_);
  return closed_;
}

}  // namespace weir::detail
