#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/append.h"
#include "weir/dstream.h"
#include "weir/memory_of.h"
#include "weir/pipeline.h"
#include "weir/queue_stream.h"
#include "weir/record_block.h"
#include "weir/result.h"

namespace weir {

/// How a receiver is run.
struct ReceiverOptions {
  std::string name{};         ///< in messages and offset ranges; "receiver-<n>" where empty
  std::int64_t max_rate = 0;  ///< the most records a second that batches take of it; 0: no limit
  /// While so many bytes are stored and not committed, storing waits. 0: this source's share of
  /// StreamingOptions::memory_bytes.
  std::size_t buffer_bytes = 0;
  /// The pause before a receiver that has ended is started again. It doubles with each time until a
  /// record is stored in between, up to `longest_restart_delay`.
  Duration restart_delay = std::chrono::seconds(2);
  Duration longest_restart_delay = std::chrono::minutes(1);
  /// For a receiver that looks whether there is something, stores it and returns: it is started
  /// again so long after it returned without an error. 0: to return is to have ended.
  Duration poll_interval{0};
};

namespace detail {

/// What a receiver and the source that runs it share, whatever its type. Thread-safe.
class ReceiverCore;
struct StoredRecords {
  std::shared_ptr<const void> owner;
  const void* first = nullptr;
  std::size_t stride = 0;
  std::size_t count = 0;
  std::size_t bytes = 0;
};
Result<void> store_block(ReceiverCore& core, StoredRecords records, std::function<void()> done);
Result<void> store_record(ReceiverCore& core, void* record, std::size_t bytes,
                          const RecordBlockType& type);
bool is_stopping(const ReceiverCore& core);
bool wait_for_stop(ReceiverCore& core, std::optional<Duration> limit);
void report_error(ReceiverCore& core, std::string what);
void report_success(ReceiverCore& core);
void restart_receiver(ReceiverCore& core, std::string why, std::optional<Duration> after);
WallTime wall_time(const ReceiverCore& core);

/// A Receiver without its type.
class AnyReceiver {
 public:
  virtual ~AnyReceiver() = default;
  virtual Result<void> start(std::shared_ptr<ReceiverCore> core) = 0;
  virtual void on_stop() = 0;
};
plan::Node* append_receiver_source(Pipeline& pipeline, std::unique_ptr<AnyReceiver> receiver,
                                   ReceiverOptions options);

}  // namespace detail

/// A receiver's way to its stream. A handle: copies are the same. Thread-safe, so that a library
/// may store from threads of its own; after the stream's end it is of no use, and does no harm.
template <class T>
class ReceiverHandle {
 public:
  explicit ReceiverHandle(std::shared_ptr<detail::ReceiverCore> core) : core_(std::move(core)) {}

  /// Stores one record. Waits while the buffer is full. Fails once the stream takes no more:
  /// return from on_start() then.
  Result<void> store(T record) const {
    const std::size_t bytes = detail::memory_of(record);
    return detail::store_record(*core_, &record, bytes, detail::kRecordBlockType<T>);
  }
  /// Stores records in their order, in the same way. `committed`, if given, is called once the last
  /// of them belongs to a batch that is committed: the moment to acknowledge them to whom they came
  /// from. It is called on a thread of weir's, in the order of the calls of store(), and must not
  /// block; what it throws stops the stream. Where the stream ends before, it is not called; nor is
  /// it where there are no records.
  Result<void> store(std::vector<T> records, std::function<void()> committed = nullptr) const {
    const auto owned = std::make_shared<const std::vector<T>>(std::move(records));
    std::size_t bytes = 0;
    for (const T& record : *owned) bytes += detail::memory_of(record);
    return detail::store_block(*core_, {owned, owned->data(), sizeof(T), owned->size(), bytes},
                               std::move(committed));
  }

  /// True once on_start() should return.
  bool stopping() const { return detail::is_stopping(*core_); }
  /// Waits until on_start() should return.
  void wait_for_stop() const { detail::wait_for_stop(*core_, std::nullopt); }
  /// Waits for that at most so long; returns stopping().
  bool wait_for_stop(Duration limit) const { return detail::wait_for_stop(*core_, limit); }

  /// Shows `what` in StreamStatus::trouble, until the next record is stored.
  void report_error(std::string what) const { detail::report_error(*core_, std::move(what)); }
  /// Says that all is well though nothing may have come: what was shown is over, and the next
  /// pause is short again.
  void report_success() const { detail::report_success(*core_); }
  /// Has on_start() return, and be called again after a pause: of the options, or the one given.
  void restart(std::string why, std::optional<Duration> after = std::nullopt) const {
    detail::restart_receiver(*core_, std::move(why), after);
  }
  /// The time by the context's clock, for receivers whose tests set it.
  WallTime wall_time() const { return detail::wall_time(*core_); }

 private:
  std::shared_ptr<detail::ReceiverCore> core_;
};

/// A source of one's own that is told what comes: derive from it, and give it to receiver_stream().
/// Owned by the context from then on.
template <class T>
class Receiver : public detail::AnyReceiver {
 public:
  using Record = T;

  /// Receives until handle.stopping(), on a thread of its own: it may block. Where it returns or
  /// throws before, it is called again after a pause, for ever; why is shown meanwhile, and what it
  /// has stored stays.
  virtual Result<void> on_start(ReceiverHandle<T> handle) = 0;
  /// Ends what on_start() waits for. Called on another thread once handle.stopping() is true, if
  /// on_start() has not returned; it may not have begun. Must not block or throw.
  void on_stop() override {}

 private:
  Result<void> start(std::shared_ptr<detail::ReceiverCore> core) final {
    return on_start(ReceiverHandle<T>(std::move(core)));
  }
};

/// Streams what a receiver stores, in one partition. Several receivers that are united receive in
/// parallel. What is stored and not committed is lost with the process, unless the receiver
/// acknowledges what is committed and is given the rest again. A graceful stop stops receivers
/// first, and takes what they have stored. Under `stop_at_end` the stream ends when on_start()
/// returns without error. It cannot take part in transactions.
template <class R>
DStream<typename R::Record> receiver_stream(Pipeline& pipeline, std::unique_ptr<R> receiver,
                                            ReceiverOptions options = {}) {
  using T = typename R::Record;
  static_assert(std::is_base_of_v<Receiver<T>, R>,
                "receiver_stream(): derive the receiver from weir::Receiver of its record type");
  static_assert(!kIsView<T>,
                "receiver_stream(): what is stored is kept, but its type is a view: use an owning "
                "type, such as std::string instead of std::string_view");
  return DStream<T>(detail::append_sink<T, detail::FromQueueSink<T>>(
      detail::append_receiver_source(pipeline, std::move(receiver), std::move(options)),
      {.name = "receiver_stream"}, detail::Nothing{}));
}

}  // namespace weir
