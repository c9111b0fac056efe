#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "kafka/brokers.h"
#include "kafka/metadata.h"

namespace weir::kafka {

/// Calls that any broker can answer, made again until one does or patience ends. For requests that
/// may be made twice. Owned by who calls, on the loop's thread; destroying it drops the calls.
class PatientCalls {
 public:
  PatientCalls(ClientContext& context, Metadata& metadata);

  /// Calls some broker. `refusal` says why an answer is no good for now and the call should be made
  /// again, or nothing. `handler` is called once, never from inside the call.
  template <class Request>
  void call(std::function<Request(std::int16_t version)> make, Duration patience,
            std::function<std::optional<Error>(const typename Request::Response&)> refusal,
            AnswerHandler<typename Request::Response> handler) {
    attempt(std::make_shared<Patient<Request>>(Patient<Request>{
        std::move(make), std::move(refusal), std::move(handler), context_.loop.now() + patience}));
  }

 private:
  template <class Request>
  struct Patient {
    std::function<Request(std::int16_t)> make;
    std::function<std::optional<Error>(const typename Request::Response&)> refusal;
    AnswerHandler<typename Request::Response> handler;
    TimePoint deadline;
  };

  template <class Request>
  void attempt(std::shared_ptr<Patient<Request>> patient) {
    const auto ended = [this, patient](const auto& answer) { end_attempt(patient, answer); };
    Channel* channel = brokers_.any();
    if (channel == nullptr) {
      metadata_.refresh();
      return await_broker(
          [this, patient] { attempt(patient); },
          [ended, this] { ended(Result<Answer<typename Request::Response>>(unreachable_)); });
    }
    const Duration left = patient->deadline - context_.loop.now();
    channel->call<Request>(patient->make, std::min(left, context_.options.request_timeout), ended);
  }

  template <class Request>
  void end_attempt(const std::shared_ptr<Patient<Request>>& patient,
                   const Result<Answer<typename Request::Response>>& answer) {
    std::optional<Error> why;
    if (!answer.ok()) {
      why = answer.error();
    } else {
      why = patient->refusal(answer->message);
    }
    if (!why) return patient->handler(answer);
    const Duration pause = context_.options.retry_backoff;
    const bool again = why->retriable() && context_.loop.now() + pause < patient->deadline;
    if (!again) return patient->handler(*why);
    later(pause, [this, patient] { attempt(patient); });
  }

  /// Calls `attempt` as soon as a broker is known, or `give_up` after a while.
  void await_broker(std::function<void()> attempt, std::function<void()> give_up);
  void later(Duration pause, std::function<void()> call);
  void at_timer(std::uint64_t id, Duration pause, std::function<void()> call);
  void on_metadata(const Result<void>& outcome);

  ClientContext& context_;
  Metadata& metadata_;
  Error unreachable_;  // what metadata last said while no broker was known
  Metadata::Subscription subscription_;
  std::uint64_t last_timer_ = 0;
  std::map<std::uint64_t, net::Timer> timers_;
  std::map<std::uint64_t, std::function<void()>> waiting_;  // for a broker, by their timers
  Brokers brokers_;
};

}  // namespace weir::kafka
