#include "kafka/connection.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"
#include "wire/messages/api_versions.h"

namespace weir::kafka {

namespace {

/// A wait that is longer is taken for garbage.
constexpr Duration kLongestThrottle = std::chrono::minutes(5);

std::string in_seconds(Duration duration) {
  std::string text = std::to_string(std::chrono::duration<double>(duration).count());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " s";
}

}  // namespace

Connection::Connection(ClientContext& context, const net::Endpoint& to, std::string peer,
                       Owner& owner)
    : context_(context),
      peer_(std::move(peer)),
      owner_(owner),
      negotiation_deadline_(context.loop.now() + context.options.connect_timeout),
      frames_(context.buffers, context.options.max_response_bytes),
      alarm_(context.loop, [this] { check_deadlines(); }),
      socket_(context.loop.connect(to, *this)) {
  alarm_.set(negotiation_deadline_);
}

Connection::~Connection() = default;

Result<std::int16_t> Connection::version_for(const wire::Schema& schema,
                                             std::int16_t newest) const {
  auto version = versions_.highest(schema, newest);
  if (!version.ok()) return in_context(name_of(schema), std::move(version).error());
  return version;
}

void Connection::on_connected() {
  state_ = State::kNegotiating;
  ask_for_versions(kNewestVersionsRequest);
}

void Connection::ask_for_versions(std::int16_t version) {
  const std::int32_t id = ++last_correlation_id_;
  wire::Writer writer;
  wire::write_request(versions_request(), version, id, context_.options.client_id, writer);
  enqueue(std::move(writer),
          {"ApiVersions", negotiation_deadline_, [this, version, id](const Result<Buffer>& frame) {
             if (frame.ok()) on_versions(version, id, frame);
           }});
}

void Connection::on_versions(std::int16_t version, std::int32_t id, const Result<Buffer>& frame) {
  // A broker that does not know the version answers in version 0, whose first field is the error.
  const std::string_view body = frame->view().substr(std::min<std::size_t>(4, frame->size()));
  const bool refused = body.size() >= 2 && wire::big_endian_at<std::int16_t>(body.data()) ==
                                               wire::kafka_code::kUnsupportedVersion;
  if (refused && version > 0) return ask_for_versions(0);
  on_common_versions(wire::read_response<wire::ApiVersionsResponse>(frame->view(), version, id),
                     version);
}

void Connection::on_common_versions(const Result<wire::ApiVersionsResponse>& answer,
                                    std::int16_t answered_in) {
  if (!answer.ok()) {
    broken_ = in_context("ApiVersions", Error(answer.error()));
  } else if (answer->error_code != 0) {
    broken_ = wire::kafka_error(answer->error_code, concat("ApiVersions to ", peer_));
  } else {
    versions_ = BrokerVersions(*answer);
    state_ = State::kReady;
    heed_throttle<wire::ApiVersionsRequest>(*answer, answered_in);
    owner_.on_ready();
  }
}

void Connection::enqueue(wire::Writer request, Call call) {
  alarm_.set(call.deadline);
  calls_.push_back(std::move(call));
  outbox_.add(std::move(request));
  if (socket_) outbox_.flush(*socket_);
}

void Connection::on_readable() {
  const std::weak_ptr<Connection*> alive = self_;
  while (socket_) {
    const std::size_t count = socket_->read(frames_.space());
    if (count == 0) return;
    frames_.filled(count);
    for (;;) {
      auto frame = frames_.next();
      if (!frame.ok()) return lose(std::move(frame).error().with_context(peer_));
      if (!frame->has_value()) break;
      on_frame(std::move(**frame));
      if (alive.expired() || !socket_) return;
    }
    socket_->expect(frames_.missing());
  }
}

void Connection::on_frame(Buffer bytes) {
  // An answer ends its handler, which holds what is sent: none may come before all has been sent.
  if (calls_.size() <= outbox_.unsent()) {
    return lose(Error(ErrorCode::kCorrupt, concat(peer_, " sent an answer nobody asked for")));
  }
  Call call = std::move(calls_.front());
  calls_.pop_front();
  const std::weak_ptr<Connection*> alive = self_;
  call.done(std::move(bytes));
  if (!alive.expired() && broken_ && state_ != State::kLost) lose(*broken_);
}

void Connection::on_writable() { outbox_.flush(*socket_); }

void Connection::on_closed(const Error& reason) { lose(reason); }

void Connection::lose(Error reason) {
  if (state_ == State::kLost) return;
  state_ = State::kLost;
  socket_.reset();
  alarm_.cancel();
  outbox_.clear();
  const std::weak_ptr<Connection*> alive = self_;
  auto calls = std::exchange(calls_, {});
  for (Call& call : calls) {
    call.done(Error(reason).with_context(concat(call.api, " to ", peer_)));
    if (alive.expired()) return;
  }
  owner_.on_lost(reason);
}

/// What is under way is served only after the wait, too.
void Connection::throttle(Duration wait) {
  wait = std::min(wait, kLongestThrottle);
  for (Call& call : calls_) call.deadline += wait;
  owner_.on_throttled(wait);
}

void Connection::check_deadlines() {
  const TimePoint now = context_.loop.now();
  if (!ready() && now >= negotiation_deadline_) {
    return lose(
        Error(ErrorCode::kTimedOut, concat(peer_, " was not reached within ",
                                           in_seconds(context_.options.connect_timeout),
                                           "; check that it runs, and firewalls on the way"))
            .as_retriable());
  }
  const auto first =
      std::min_element(calls_.begin(), calls_.end(),
                       [](const Call& a, const Call& b) { return a.deadline < b.deadline; });
  if (first == calls_.end()) return;
  if (first->deadline > now) return alarm_.set(first->deadline);
  lose(Error(ErrorCode::kTimedOut,
             concat(peer_, " did not answer ", first->api, " in time; the connection is given up"))
           .as_retriable());
}

Error Connection::in_context(std::string_view api, Error error) const {
  return std::move(error).with_context(concat(api, " to ", peer_));
}

}  // namespace weir::kafka
