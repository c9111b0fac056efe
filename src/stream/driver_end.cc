// The part of Driver that ends: by itself, by a failure, or when told to.

#include <utility>

#include "stream/driver.h"

namespace weir::stream {

void Driver::fail(Error error) {
  if (phase_ == Phase::kClosing || phase_ == Phase::kStopped) return;
  if (outcome_.ok()) outcome_ = std::move(error);
  stop(/*gracefully=*/false);
}

void Driver::stop(bool gracefully) {
  if (phase_ == Phase::kClosing || phase_ == Phase::kStopped) return;
  if (!gracefully) {
    batches_.drop(outcome_.ok() ? Error(ErrorCode::kAborted, "the stream was stopped")
                                : outcome_.error());
    input_.drop_returned();
    recovering_.reset();
    recovery_timer_.cancel();
  } else if (phase_ == Phase::kRunning) {
    return drain();
  }
  begin_stopping();
}

/// What sources have received, and nobody else has, is taken first.
void Driver::drain() {
  draining_ = true;
  for (const auto& source : setup_.graph->sources()) source->stop_receiving();
  drained() ? begin_stopping() : pump_soon();
}

void Driver::begin_stopping() {
  const bool was_open = phase_ == Phase::kRunning || phase_ == Phase::kStopping;
  if (phase_ == Phase::kOpening && outcome_.ok()) {
    outcome_ = Error(ErrorCode::kAborted, "the stream was stopped before it had started");
  }
  phase_ = Phase::kStopping;
  start_timer_.cancel();
  tick_timer_.cancel();
  due_timer_.cancel();
  if (!was_open) setup_.started(outcome_);
  pump_soon();
}

void Driver::close() {
  phase_ = Phase::kClosing;
  ports_.close([this](Result<void> closed) { end(std::move(closed)); });
}

void Driver::end(Result<void> closed) {
  if (!closed.ok() && outcome_.ok()) outcome_ = std::move(closed);
  phase_ = Phase::kStopped;
  update_status();
  setup_.listeners->close(*site_.driver, [this] { setup_.stopped(outcome_); });
}

}  // namespace weir::stream
