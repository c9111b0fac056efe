#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kafka/connection.h"
#include "kafka/options.h"
#include "net/loop.h"

namespace weir::kafka {

/// True for a call's error that the same call may not meet again: a lost connection, garbage for an
/// answer, a coordinator that is not there yet.
bool may_pass(const Error& error);

/// A way to one broker for one purpose: connects when there is something to say, again after a
/// loss, with pauses that grow and jitter. A broker answers one request per connection at a time,
/// so what may wait long (a fetch, a join) has a channel of its own. Where the broker tells us to
/// wait because a quota is used up (KIP-219), calls wait; their time-outs begin after it. Owned by
/// the part of the client that speaks, on the loop's thread. Destroying it drops the calls under
/// way.
class Channel final : private Connection::Owner {
 public:
  /// `peer` names the broker in messages: "broker 1 at localhost:9092".
  Channel(ClientContext& context, net::Endpoint endpoint, std::string peer);

  /// Calls the broker. `make` builds the request for a version, perhaps later, when the connection
  /// stands; `handler` is called exactly once, never before call() returns: with the answer, or
  /// with an error when the broker could not be reached, was lost, or did not answer in time.
  /// Nothing is sent twice: trying again is the caller's choice. `newest` is the newest version
  /// that the caller wants.
  template <class Request>
  void call(std::function<Request(std::int16_t version)> make, Duration timeout,
            AnswerHandler<typename Request::Response> handler,
            std::int16_t newest = kNewestVersion);

  bool connected() const { return connection_ != nullptr && connection_->ready(); }
  /// How many calls await their end.
  std::size_t in_flight() const;
  const net::Endpoint& endpoint() const { return endpoint_; }
  const std::string& peer() const { return peer_; }
  /// Gives up the connection that there is: its bytes cannot be trusted.
  void reset(Error reason);

 private:
  /// Sends on a connection that is ready, to be answered by the deadline, or tells the error.
  using Attempt = std::function<void(Result<Connection*>, TimePoint deadline)>;
  struct Waiting {
    TimePoint deadline;
    Attempt attempt;
  };
  struct Failed {
    Error reason;
    Attempt attempt;
  };

  void on_ready() override;
  void on_throttled(Duration wait) override;
  void on_lost(const Error& reason) override;
  void submit(Duration timeout, Attempt attempt);
  void send_waiting();
  void connect_soon();
  void connect();
  Duration next_backoff();
  void fail_soon(Error reason, Attempt attempt);
  void tell_failed();
  template <class Request>
  void send_now(Connection& connection, const std::function<Request(std::int16_t)>& make,
                TimePoint deadline, const AnswerHandler<typename Request::Response>& handler,
                std::int16_t newest);

  ClientContext& context_;
  const net::Endpoint endpoint_;
  const std::string peer_;
  std::minstd_rand jitter_;
  int failures_ = 0;
  bool was_ready_ = false;
  bool was_throttled_ = false;
  TimePoint throttled_until_{};
  net::Timer throttle_timer_;
  TimePoint next_attempt_{};
  net::Timer connect_timer_;
  std::deque<Waiting> waiting_;
  std::vector<Failed> failed_;
  net::Timer failed_timer_;
  std::unique_ptr<Connection> connection_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<Channel*> self_ = std::make_shared<Channel*>(this);
};

template <class Request>
void Channel::call(std::function<Request(std::int16_t)> make, Duration timeout,
                   AnswerHandler<typename Request::Response> handler, std::int16_t newest) {
  submit(timeout, [this, make = std::move(make), handler = std::move(handler), newest](
                      Result<Connection*> connection, TimePoint deadline) {
    if (!connection.ok()) return handler(connection.error());
    send_now<Request>(**connection, make, deadline, handler, newest);
  });
}

template <class Request>
void Channel::send_now(Connection& connection, const std::function<Request(std::int16_t)>& make,
                       TimePoint deadline, const AnswerHandler<typename Request::Response>& handler,
                       std::int16_t newest) {
  auto version = connection.version_for(Request::kSchema, newest);
  if (version.ok()) return connection.send<Request>(make(*version), *version, deadline, handler);
  fail_soon(version.error(),
            [handler](Result<Connection*> none, TimePoint) { handler(none.error()); });
}

}  // namespace weir::kafka
