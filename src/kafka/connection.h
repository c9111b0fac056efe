#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "kafka/alarm.h"
#include "kafka/options.h"
#include "kafka/outbox.h"
#include "kafka/versions.h"
#include "net/loop.h"
#include "weir/result.h"
#include "wire/frame.h"
#include "wire/schema.h"

namespace weir::kafka {

/// A broker's answer: views into `bytes`, which keeps them.
template <class Response>
struct Answer {
  Response message;
  Buffer bytes;
  std::int16_t version = 0;
};

/// Is called once: with the answer, or with what came instead. May destroy the connection.
template <class Response>
using AnswerHandler = std::function<void(Result<Answer<Response>>)>;

/// One TCP connection to a broker, from connecting to its loss: frames, agreeing on versions,
/// answers in order, time-outs. It never connects again; a Channel makes new ones. Owned by its
/// Channel, on the loop's thread. Destroying it drops the calls under way without calling back.
class Connection final : private net::SocketHandler {
 public:
  /// Is told of the turns in a connection's life. May destroy the connection in any but
  /// on_throttled().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Versions are agreed on: requests may be sent.
    virtual void on_ready() = 0;
    /// The broker will not serve the connection for so long, and wants no request until then.
    virtual void on_throttled(Duration wait) = 0;
    /// The connection is gone; the calls that were under way have been told so already.
    virtual void on_lost(const Error& reason) = 0;
  };

  /// `peer` names the broker in messages: "broker 1 at localhost:9092".
  Connection(ClientContext& context, const net::Endpoint& to, std::string peer, Owner& owner);
  ~Connection() override;

  bool ready() const { return state_ == State::kReady; }
  /// How many answers are awaited.
  std::size_t in_flight() const { return calls_.size(); }
  /// The version to use for a request, `newest` or older; fails where broker and we have none in
  /// common.
  Result<std::int16_t> version_for(const wire::Schema& schema,
                                   std::int16_t newest = kNewestVersion) const;

  /// Sends a request. What it references (record batches) must stay until the handler was called:
  /// let the handler hold it. A connection with an answer overdue at `deadline` is given up.
  template <class Request>
  void send(const Request& request, std::int16_t version, TimePoint deadline,
            AnswerHandler<typename Request::Response> handler);

  /// Gives the connection up, as if it had broken for this reason.
  void lose(Error reason);

 private:
  enum class State : std::uint8_t { kConnecting, kNegotiating, kReady, kLost };
  struct Call {
    std::string_view api;
    TimePoint deadline;
    std::function<void(Result<Buffer> frame)> done;
  };

  void on_connected() override;
  void on_readable() override;
  void on_writable() override;
  void on_closed(const Error& reason) override;

  void ask_for_versions(std::int16_t version);
  void on_versions(std::int16_t version, std::int32_t id, const Result<Buffer>& frame);
  void on_common_versions(const Result<wire::ApiVersionsResponse>& answer,
                          std::int16_t answered_in);
  void enqueue(wire::Writer request, Call call);
  void on_frame(Buffer bytes);
  void check_deadlines();
  template <class Request>
  void heed_throttle(const typename Request::Response& response, std::int16_t version) {
    if constexpr (requires { response.throttle_time_ms; }) {
      if (response.throttle_time_ms > 0 && client_waits(Request::kSchema, version)) {
        throttle(std::chrono::milliseconds(response.throttle_time_ms));
      }
    }
  }
  void throttle(Duration wait);
  /// Names the request and the broker in front of a message.
  Error in_context(std::string_view api, Error error) const;

  ClientContext& context_;
  const std::string peer_;
  Owner& owner_;
  State state_ = State::kConnecting;
  TimePoint negotiation_deadline_;
  std::int32_t last_correlation_id_ = 0;
  std::optional<Error> broken_;  // found while an answer was handled: the connection ends after it
  wire::FrameReader frames_;
  std::deque<Call> calls_;  // after outbox_'s requests in life: their handlers hold what is sent
  Outbox outbox_;
  BrokerVersions versions_;
  Alarm alarm_;
  std::unique_ptr<net::Socket> socket_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<Connection*> self_ = std::make_shared<Connection*>(this);
};

template <class Request>
void Connection::send(const Request& request, std::int16_t version, TimePoint deadline,
                      AnswerHandler<typename Request::Response> handler) {
  using Response = typename Request::Response;
  const std::int32_t id = ++last_correlation_id_;
  const std::string_view api = name_of(Request::kSchema);
  wire::Writer writer;
  wire::write_request(request, version, id, context_.options.client_id, writer);
  auto done = [this, api, id, version, handler = std::move(handler)](Result<Buffer> frame) {
    if (!frame.ok()) return handler(frame.error());
    auto message = wire::read_response<Response>(frame->view(), version, id);
    if (!message.ok()) {
      broken_ = in_context(api, std::move(message).error());
      return handler(*broken_);
    }
    heed_throttle<Request>(*message, version);
    handler(Answer<Response>{std::move(message).value(), std::move(*frame), version});
  };
  enqueue(std::move(writer), {api, deadline, std::move(done)});
}

}  // namespace weir::kafka
