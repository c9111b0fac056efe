#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/buffer.h"
#include "broker/error_filler.h"
#include "weir/result.h"
#include "weir/types.h"
#include "wire/frame.h"
#include "wire/header.h"
#include "wire/writer.h"

namespace weir::broker {

/// An encoded answer, and what keeps alive the log memory it refers to.
struct Response {
  wire::Writer bytes;
  std::vector<Buffer> pins;
};

/// Where the answer to a request goes: a connection, or a test.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Takes the answer to the request being served.
  virtual void respond(Response response) = 0;
  /// The request being served has no answer.
  virtual void respond_nothing() = 0;
  /// The request being served cannot be answered: the connection ends.
  virtual void refuse(const Error& reason) = 0;
  /// The error that the answer is to tell in every place, by a fault on demand; 0 for none.
  virtual std::int16_t error_on_demand() const { return 0; }
  /// How long the answer is to tell the client to wait, by a fault on demand; 0 for not at all.
  virtual Duration throttle_on_demand() const { return Duration::zero(); }
  /// Keeps what waits on behalf of the request until it is answered or the peer has gone.
  virtual void hold(std::shared_ptr<void> waiting) = 0;
};

/// Answers one request, now or later, once. A value; what is said after the peer has gone is
/// dropped. Until the answer is given, the request's bytes stay where they are.
class Reply {
 public:
  Reply(std::weak_ptr<ResponseSink> sink, const wire::RequestHeader& header)
      : sink_(std::move(sink)),
        version_(header.request_api_version),
        correlation_id_(header.correlation_id) {}

  std::int16_t version() const { return version_; }

  /// Sends the answer. `pins` hold what its records refer to.
  template <class Message>
  void send(const Message& message, std::vector<Buffer> pins = {}) const {
    const auto sink = sink_.lock();
    if (!sink) return;
    if (const std::int16_t error = sink->error_on_demand()) {
      Message failed = message;
      ErrorFiller(error).fill(failed);
      return send_to(*sink, failed, std::move(pins));
    }
    if (const Duration wait = sink->throttle_on_demand(); wait > Duration::zero()) {
      return send_to(*sink, throttled(message, wait), std::move(pins));
    }
    send_to(*sink, message, std::move(pins));
  }
  void send_nothing() const {
    if (const auto sink = sink_.lock()) sink->respond_nothing();
  }
  void refuse(const Error& reason) const {
    if (const auto sink = sink_.lock()) sink->refuse(reason);
  }
  void hold(std::shared_ptr<void> waiting) const {
    if (const auto sink = sink_.lock()) sink->hold(std::move(waiting));
  }
  /// The same peer and request, answered in another version: for ApiVersions.
  Reply in_version(std::int16_t version) const {
    Reply other = *this;
    other.version_ = version;
    return other;
  }

 private:
  template <class Message>
  static Message throttled(Message message, Duration wait) {
    if constexpr (requires { message.throttle_time_ms; }) {
      message.throttle_time_ms = static_cast<std::int32_t>(wait / std::chrono::milliseconds(1));
    }
    return message;
  }
  template <class Message>
  void send_to(ResponseSink& sink, const Message& message, std::vector<Buffer> pins) const {
    Response response{{}, std::move(pins)};
    wire::write_response(message, version_, correlation_id_, response.bytes);
    sink.respond(std::move(response));
  }

  std::weak_ptr<ResponseSink> sink_;
  std::int16_t version_;
  std::int32_t correlation_id_;
};

}  // namespace weir::broker
