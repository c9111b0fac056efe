#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "weir/append.h"
#include "weir/dstream.h"
#include "weir/memory_of.h"
#include "weir/pipeline.h"

namespace weir {

/// How batches take what is in a Queue.
struct QueueOptions {
  /// Each batch takes one push() at most, as in Spark; else all there is.
  bool one_at_a_time = true;
};

namespace detail {

/// What a Queue and the source that reads it share, whatever its type. Thread-safe.
class QueueCore;
std::shared_ptr<QueueCore> make_queue();
void push_to_queue(QueueCore& queue, std::shared_ptr<const void> owner, const void* first,
                   std::size_t stride, std::size_t count, std::size_t bytes);
void close_queue(QueueCore& queue);
/// Adds a source whose records have, as their value, the bytes of objects in the queue itself, one
/// or several.
plan::Node* append_queue_source(Pipeline& pipeline, std::shared_ptr<QueueCore> queue,
                                QueueOptions options);

/// Hands on objects that are in a queue, and stay there.
template <class T>
class FromQueueSink final : public Sink<Record> {
 public:
  FromQueueSink(Nothing, SinkBase* next, TaskContext&) : next_(typed<T>(next)) {}
  void push(Record&& record) override {
    next_.push_copies_of(reinterpret_cast<const T*>(record.value.data()),
                         record.value.size() / sizeof(T));
  }

 private:
  Sink<T>& next_;
};

}  // namespace detail

/// Records that the program itself gives to a stream: those of a device, of another protocol, of a
/// test. A handle: copies are the same queue. Thread-safe. What is pushed stays in memory until its
/// batch is committed, however much that is; nothing is kept when the process ends. It cannot take
/// part in transactions.
template <class T>
class Queue {
 public:
  Queue() : core_(detail::make_queue()) {}

  /// Adds records, in their order; they are not divided among batches unless a rate limit does.
  void push(std::vector<T> records) const {
    if (records.empty()) return;
    const auto owned = std::make_shared<const std::vector<T>>(std::move(records));
    std::size_t bytes = 0;
    for (const T& record : *owned) bytes += detail::memory_of(record);
    detail::push_to_queue(*core_, owned, owned->data(), sizeof(T), owned->size(), bytes);
  }
  /// No more will come: the stream stops once it has taken all, if it has no other source.
  void close() const { detail::close_queue(*core_); }

 private:
  template <class U>
  friend DStream<U> queue_stream(Pipeline& pipeline, const Queue<U>& queue, QueueOptions options);
  std::shared_ptr<detail::QueueCore> core_;
};

/// Streams what is pushed into a queue, in one partition. One stream for each queue.
template <class T>
DStream<T> queue_stream(Pipeline& pipeline, const Queue<T>& queue, QueueOptions options = {}) {
  static_assert(!kIsView<T>,
                "queue_stream(): a queue keeps records, but their type is a view: use an owning "
                "type, such as std::string instead of std::string_view");
  return DStream<T>(detail::append_sink<T, detail::FromQueueSink<T>>(
      detail::append_queue_source(pipeline, queue.core_, options), {.name = "queue_stream"},
      detail::Nothing{}));
}

}  // namespace weir
