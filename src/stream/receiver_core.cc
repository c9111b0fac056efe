#include "stream/receiver_core.h"

#include <utility>

namespace weir::detail {

void ReceiverCore::attach(net::Loop& driver, ReceiverListener& listener) {
  listener_ = &listener;
  const MutexLock lock(mutex_);
  driver_ = &driver;
}

void ReceiverCore::detach() {
  listener_ = nullptr;
  const MutexLock lock(mutex_);
  driver_ = nullptr;
}

void ReceiverCore::begin_run() {
  const MutexLock lock(mutex_);
  must_end_ = false;
}

void ReceiverCore::end_run() {
  const MutexLock lock(mutex_);
  must_end_ = true;
  must_end_changed_.notify_all();
}

bool ReceiverCore::must_end() const {
  const MutexLock lock(mutex_);
  return must_end_;
}

bool ReceiverCore::wait_until_must_end(std::optional<Duration> limit) {
  const MutexLock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + limit.value_or(Duration::zero());
  while (!must_end_) {
    if (!limit) {
      must_end_changed_.wait(mutex_);
    } else if (must_end_changed_.wait_until(mutex_, until) == std::cv_status::timeout) {
      break;
    }
  }
  return must_end_;
}

void ReceiverCore::report_error(std::string what) {
  tell([what = std::move(what)](ReceiverListener& listener) { listener.on_error(what); });
}

void ReceiverCore::report_success() {
  tell([](ReceiverListener& listener) { listener.on_success(); });
}

void ReceiverCore::restart(std::string why, std::optional<Duration> after) {
  tell([why = std::move(why), after](ReceiverListener& listener) {
    listener.on_restart(why, after);
  });
}

void ReceiverCore::shows_trouble() {
  const MutexLock lock(mutex_);
  shows_trouble_ = true;
}

void ReceiverCore::note_stored() {
  const MutexLock lock(mutex_);
  if (!std::exchange(shows_trouble_, false)) return;
  post([](ReceiverListener& listener) { listener.on_success(); });
}

WallTime ReceiverCore::wall() const {
  const MutexLock lock(mutex_);
  return driver_ != nullptr ? driver_->clock().wall() : WallTime{};
}

void ReceiverCore::tell(std::function<void(ReceiverListener&)> what) {
  const MutexLock lock(mutex_);
  post(std::move(what));
}

void ReceiverCore::post(std::function<void(ReceiverListener&)> what) {
  if (driver_ == nullptr) return;
  driver_->post([core = shared_from_this(), what = std::move(what)] {
    if (core->listener_ != nullptr) what(*core->listener_);
  });
}

// The functions of weir/receiver.h.

namespace {

Result<void> outcome_of_storing(ReceiverCore& core, bool stored) {
  if (!stored) return Error(ErrorCode::kAborted, "the stream takes no more: it is being stopped");
  core.note_stored();
  return {};
}

}  // namespace

Result<void> store_block(ReceiverCore& core, StoredRecords records, std::function<void()> done) {
  if (records.count == 0) return {};
  QueueBlock block{std::move(records.owner),
                   static_cast<const char*>(records.first),
                   records.stride,
                   0,
                   0,
                   records.bytes};
  return outcome_of_storing(core,
                            core.queue().push(std::move(block), records.count, std::move(done)));
}

Result<void> store_record(ReceiverCore& core, void* record, std::size_t bytes,
                          const RecordBlockType& type) {
  return outcome_of_storing(core, core.queue().add(record, bytes, type));
}

bool is_stopping(const ReceiverCore& core) { return core.must_end(); }
bool wait_for_stop(ReceiverCore& core, std::optional<Duration> limit) {
  return core.wait_until_must_end(limit);
}
void report_error(ReceiverCore& core, std::string what) { core.report_error(std::move(what)); }
void report_success(ReceiverCore& core) { core.report_success(); }
void restart_receiver(ReceiverCore& core, std::string why, std::optional<Duration> after) {
  core.restart(std::move(why), after);
}
WallTime wall_time(const ReceiverCore& core) { return core.wall(); }

}  // namespace weir::detail
