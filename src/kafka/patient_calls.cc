#include "kafka/patient_calls.h"

namespace weir::kafka {

PatientCalls::PatientCalls(ClientContext& context, Metadata& metadata)
    : context_(context),
      metadata_(metadata),
      unreachable_(
          Error(ErrorCode::kUnavailable, "no Kafka broker has answered yet").as_retriable()),
      subscription_(metadata.subscribe([this](const Result<void>& outcome) {
        if (!outcome.ok()) unreachable_ = Error(outcome.error()).as_retriable();
      })),
      brokers_(context, metadata) {}

void PatientCalls::later(Duration pause, std::function<void()> call) {
  const std::uint64_t id = ++last_timer_;
  timers_[id] = context_.loop.call_after(pause, [this, id, call = std::move(call)] {
    const auto now = call;  // the timer's end is the end of this function object
    timers_.erase(id);
    now();
  });
}

}  // namespace weir::kafka
