#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "weir/dataset.h"
#include "weir/dstream.h"
#include "weir/listener.h"
#include "weir/result.h"
#include "weir/streaming_context.h"
#include "weir/types.h"

namespace weir {

namespace detail {

/// Holds what batches have made until they are committed, and then for a while. Thread-safe.
template <class T>
class RememberedBatches final : public Listener {
 public:
  explicit RememberedBatches(Duration duration) : duration_(duration) {}

  void add(const Dataset<T>& batch) {
    const std::lock_guard lock(mutex_);
    std::erase_if(made_, [&](const auto& each) { return each.time() == batch.time(); });
    made_.push_back(batch);
  }

  void on_stream_started(WallTime) override {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }

  void on_batch_completed(const BatchInfo& info) override {
    const std::lock_guard lock(mutex_);
    const auto is_this = [&](const auto& each) { return each.time() == info.time; };
    const auto found = std::find_if(made_.begin(), made_.end(), is_this);
    if (found == made_.end()) return;
    if (!info.failure) committed_.push_back(std::move(*found));
    made_.erase(found);
    const std::int64_t oldest = info.time.micros - duration_ / std::chrono::microseconds(1);
    while (!committed_.empty() && committed_.front().time().micros <= oldest) {
      committed_.pop_front();
    }
  }

  Result<std::vector<Dataset<T>>> slice(BatchTime from, BatchTime to) const {
    const std::lock_guard lock(mutex_);
    if (!started_) {
      return Error(
          ErrorCode::kInvalidArgument,
          "slice(): the stream has not been initialized: its context is to be started first");
    }
    std::vector<Dataset<T>> found;
    for (const Dataset<T>& batch : committed_) {
      if (from <= batch.time() && batch.time() <= to) found.push_back(batch);
    }
    return found;
  }

 private:
  const Duration duration_;
  mutable std::mutex mutex_;
  bool started_ = false;
  std::vector<Dataset<T>> made_;
  std::deque<Dataset<T>> committed_;  // oldest first
};

}  // namespace detail

/// What remember() keeps. A handle: copies are the same. Any thread may call.
template <class T>
class Remembered {
 public:
  explicit Remembered(std::shared_ptr<const detail::RememberedBatches<T>> batches)
      : batches_(std::move(batches)) {}

  /// The committed batches with times from `from` to `to`, both included, oldest first, so far as
  /// they are kept. A batch is here a moment after its commit. An error before start().
  Result<std::vector<Dataset<T>>> slice(BatchTime from, BatchTime to) const {
    return batches_->slice(from, to);
  }

 private:
  std::shared_ptr<const detail::RememberedBatches<T>> batches_;
};

/// Keeps the batches of a stream of `context` that are younger than the newest one by less than
/// `duration`, for whoever asks: an output. They are held in memory, which no limit counts. Other
/// listeners of the context must not block for long, or batches are left out.
template <class T>
Remembered<T> remember(StreamingContext& context, const DStream<T>& stream, Duration duration) {
  const auto batches = std::make_shared<detail::RememberedBatches<T>>(duration);
  context.add_listener(batches);
  stream.for_each_batch([batches](const Dataset<T>& batch) { batches->add(batch); });
  return Remembered<T>(batches);
}

}  // namespace weir
