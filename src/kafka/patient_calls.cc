#include "kafka/patient_calls.h"

namespace weir::kafka {

PatientCalls::PatientCalls(ClientContext& context, Metadata& metadata)
    : context_(context),
      metadata_(metadata),
      unreachable_(
          Error(ErrorCode::kUnavailable, "no Kafka broker has answered yet").as_retriable()),
      subscription_(
          metadata.subscribe([this](const Result<void>& outcome) { on_metadata(outcome); })),
      brokers_(context, metadata) {}

void PatientCalls::on_metadata(const Result<void>& outcome) {
  if (!outcome.ok()) {
    unreachable_ = Error(outcome.error()).as_retriable();
    return;
  }
  for (const auto& [id, attempt] : std::exchange(waiting_, {})) {
    timers_.erase(id);
    attempt();
  }
}

void PatientCalls::await_broker(std::function<void()> attempt, std::function<void()> give_up) {
  const std::uint64_t id = ++last_timer_;
  waiting_.emplace(id, std::move(attempt));
  at_timer(id, context_.options.retry_backoff, [this, id, give_up = std::move(give_up)] {
    waiting_.erase(id);
    give_up();
  });
}

void PatientCalls::later(Duration pause, std::function<void()> call) {
  at_timer(++last_timer_, pause, std::move(call));
}

void PatientCalls::at_timer(std::uint64_t id, Duration pause, std::function<void()> call) {
  timers_[id] = context_.loop.call_after(pause, [this, id, call = std::move(call)] {
    const auto now = call;  // the timer's end is the end of this function object
    timers_.erase(id);
    now();
  });
}

}  // namespace weir::kafka
