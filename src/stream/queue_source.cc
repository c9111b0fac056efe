#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "plan/io.h"
#include "weir/queue_stream.h"

namespace weir::detail {

namespace {

/// What was pushed at once.
struct Pushed {
  std::shared_ptr<const void> owner;  // of the objects, shared with tasks that read them
  const char* first = nullptr;
  std::size_t stride = 0;
  std::int64_t from = 0;  // its first record's offset
  std::int64_t until = 0;
  std::size_t bytes = 0;

  std::size_t bytes_of(std::int64_t records) const {
    return bytes * static_cast<std::size_t>(records) / static_cast<std::size_t>(until - from);
  }
};

}  // namespace

class QueueCore {
 public:
  void push(Pushed pushed, std::size_t count) {
    const MutexLock lock(mutex_);
    pushed.from = end_;
    end_ += static_cast<std::int64_t>(count);
    pushed.until = end_;
    pushed_.push_back(std::move(pushed));
    tell();
  }
  void close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    tell();
  }
  /// `changed` is called on the loop after a push, until detach().
  void attach(net::Loop& loop, std::function<void()> changed) {
    const MutexLock lock(mutex_);
    loop_ = &loop;
    changed_ = std::make_shared<std::function<void()>>(std::move(changed));
    tell();
  }
  void detach() {
    const MutexLock lock(mutex_);
    loop_ = nullptr;
    changed_.reset();
  }

  /// What is not before `from`.
  std::deque<Pushed> after(std::int64_t from) const {
    const MutexLock lock(mutex_);
    std::deque<Pushed> found;
    for (const Pushed& each : pushed_) {
      if (each.until > from) found.push_back(each);
    }
    return found;
  }
  void forget_before(std::int64_t position) {
    const MutexLock lock(mutex_);
    while (!pushed_.empty() && pushed_.front().until <= position) pushed_.pop_front();
  }
  std::int64_t end() const {
    const MutexLock lock(mutex_);
    return end_;
  }
  bool is_closed() const {
    const MutexLock lock(mutex_);
    return closed_;
  }

 private:
  void tell() WEIR_REQUIRES(mutex_) {
    if (loop_ == nullptr) return;
    loop_->post([changed = std::weak_ptr(changed_)] {
      if (const auto call = changed.lock()) (*call)();
    });
  }

  mutable Mutex mutex_;
  std::deque<Pushed> pushed_ WEIR_GUARDED_BY(mutex_);
  std::int64_t end_ WEIR_GUARDED_BY(mutex_) = 0;
  bool closed_ WEIR_GUARDED_BY(mutex_) = false;
  net::Loop* loop_ WEIR_GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<std::function<void()>> changed_ WEIR_GUARDED_BY(mutex_);  // expires at detach()
};

namespace {

const RecordOrigin kOrigin{"queue", PartitionId{0}};

/// Reads a queue on whichever worker.
class QueueReader final : public plan::Reader {
 public:
  explicit QueueReader(const QueueCore& core) : core_(core) {}
  Result<void> read(const plan::Slice& slice, TaskContext& context, Sink<Record>& into) override {
    for (const Pushed& pushed : core_.after(slice.from.value)) {
      if (pushed.from >= slice.until.value) break;
      const std::int64_t until = std::min(pushed.until, slice.until.value);
      for (std::int64_t at = std::max(pushed.from, slice.from.value); at < until; ++at) {
        Record record;
        const auto index = static_cast<std::size_t>(at - pushed.from);
        record.value = {pushed.first + index * pushed.stride, pushed.stride};
        record.has_value = true;
        record.offset = Offset{at};
        record.timestamp = context.record_time;
        record.origin = &kOrigin;
        into.push(std::move(record));
      }
    }
    return {};
  }

 private:
  const QueueCore& core_;
};

class QueueSource final : public plan::Source {
 public:
  QueueSource(std::shared_ptr<QueueCore> core, QueueOptions options)
      : core_(std::move(core)), options_(options), reader_(*core_) {}

  std::string name() const override { return "queue"; }
  Result<void> validate() const override { return {}; }
  void open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) override {
    driver_ = site.driver;
    if (site.stop_at_end) end_ = core_->end();
    core_->attach(*site.driver, [&host] { host.on_change(); });
    driver_->post([opened = std::move(opened)] { opened({}); });
  }

  std::vector<plan::ReadAhead> read_ahead() const override {
    plan::ReadAhead ahead{&kOrigin, 0, {}};
    for (const Pushed& pushed : core_->after(taken_)) {
      const std::int64_t from = std::max(pushed.from, taken_);
      const std::int64_t until = end_ ? std::min(pushed.until, *end_) : pushed.until;
      if (from >= until) break;
      ahead.pieces.push_back(
          {Offset{from}, Offset{until}, pushed.bytes_of(until - from), until - from});
      if (options_.one_at_a_time) break;
    }
    if (ahead.pieces.empty()) return {};
    return {std::move(ahead)};
  }
  void take(const std::vector<plan::Slice>& slices) override {
    for (const plan::Slice& slice : slices) taken_ = std::max(taken_, slice.until.value);
  }
  void release(const std::vector<plan::Slice>& slices) override {
    for (const plan::Slice& slice : slices) core_->forget_before(slice.until.value);
  }
  void commit(BatchTime, const std::vector<plan::Slice>&, plan::Done done) override {
    driver_->post([done = std::move(done)] { done({}); });
  }
  bool finished() const override {
    const bool ends = end_ || core_->is_closed();
    return ends && taken_ >= end_.value_or(core_->end());
  }
  std::int64_t lag() const override { return core_->end() - taken_; }
  plan::Reader& reader(std::size_t) override { return reader_; }
  void close(plan::Done closed) override {
    core_->detach();
    driver_->post([closed = std::move(closed)] { closed({}); });
  }

 private:
  std::shared_ptr<QueueCore> core_;  // shared with the user's handles
  const QueueOptions options_;
  QueueReader reader_;
  net::Loop* driver_ = nullptr;
  std::int64_t taken_ = 0;
  std::optional<std::int64_t> end_;  // under stop_at_end
};

}  // namespace

std::shared_ptr<QueueCore> make_queue() { return std::make_shared<QueueCore>(); }

void push_to_queue(QueueCore& queue, std::shared_ptr<const void> owner, const void* first,
                   std::size_t stride, std::size_t count, std::size_t bytes) {
  queue.push({std::move(owner), static_cast<const char*>(first), stride, 0, 0, bytes}, count);
}

void close_queue(QueueCore& queue) { queue.close(); }

plan::Node* append_queue_source(Pipeline& pipeline, std::shared_ptr<QueueCore> queue,
                                QueueOptions options) {
  return append_source(pipeline, std::make_unique<QueueSource>(std::move(queue), options));
}

}  // namespace weir::detail
