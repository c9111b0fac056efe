#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "net/loop.h"
#include "stream/queue_core.h"
#include "weir/receiver.h"

namespace weir::detail {

/// Is told what a receiver says, on the driver's thread.
class ReceiverListener {
 public:
  virtual ~ReceiverListener() = default;
  virtual void on_error(const std::string& what) = 0;
  virtual void on_success() = 0;
  virtual void on_restart(const std::string& why, std::optional<Duration> after) = 0;
};

/// Shared by a receiver, on whatever threads it has, and the source that runs it. Thread-safe where
/// nothing else is said.
class ReceiverCore : public std::enable_shared_from_this<ReceiverCore> {
 public:
  explicit ReceiverCore(std::shared_ptr<QueueCore> queue) : queue_(std::move(queue)) {}

  QueueCore& queue() { return *queue_; }

  /// `listener` is told what comes from now on, until detach(). Both on the driver's thread.
  void attach(net::Loop& driver, ReceiverListener& listener);
  void detach();

  /// on_start() is to be called; it should not return.
  void begin_run();
  /// It should return.
  void end_run();
  bool must_end() const;
  bool wait_until_must_end(std::optional<Duration> limit);

  void report_error(std::string what);
  void report_success();
  /// A record was stored: trouble that is shown is over.
  void note_stored();
  void restart(std::string why, std::optional<Duration> after);
  /// Something is shown that note_stored() should tell the end of.
  void shows_trouble();
  WallTime wall() const;

 private:
  void tell(std::function<void(ReceiverListener&)> what);
  void post(std::function<void(ReceiverListener&)> what) WEIR_REQUIRES(mutex_);

  const std::shared_ptr<QueueCore> queue_;  // shared with the source
  ReceiverListener* listener_ = nullptr;    // the driver's thread only
  mutable Mutex mutex_;
  Condition must_end_changed_;
  net::Loop* driver_ WEIR_GUARDED_BY(mutex_) = nullptr;
  bool must_end_ WEIR_GUARDED_BY(mutex_) = true;
  bool shows_trouble_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::detail
