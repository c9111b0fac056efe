#include "kafka/channel.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace weir::kafka {

namespace {

/// Who is told to wait again within so long has not been told anything new.
constexpr Duration kQuietAfterThrottle = std::chrono::minutes(1);

}  // namespace

bool may_pass(const Error& error) {
  if (error.kafka_code() != 0) return error.retriable();
  return error.code() != ErrorCode::kUnsupported && error.code() != ErrorCode::kInvalidArgument;
}

Channel::Channel(ClientContext& context, net::Endpoint endpoint, std::string peer)
    : context_(context),
      endpoint_(std::move(endpoint)),
      peer_(std::move(peer)),
      jitter_(static_cast<std::minstd_rand::result_type>(context.options.seed +
                                                         std::hash<std::string>()(peer_))) {}

std::size_t Channel::in_flight() const {
  return waiting_.size() + failed_.size() + (connection_ ? connection_->in_flight() : 0);
}

void Channel::reset(Error reason) {
  if (connection_) connection_->lose(std::move(reason));
}

void Channel::submit(Duration timeout, Attempt attempt) {
  const TimePoint deadline = std::max(context_.loop.now(), throttled_until_) + timeout;
  if (connected() && waiting_.empty() && throttled_until_ <= context_.loop.now()) {
    return attempt(connection_.get(), deadline);
  }
  waiting_.push_back({deadline, std::move(attempt)});
  connect_soon();
}

void Channel::connect_soon() {
  if (connection_ != nullptr) return;
  connect_timer_ = context_.loop.call_at(next_attempt_, [this] { connect(); });
}

void Channel::connect() {
  if (connection_ != nullptr) return;
  was_ready_ = false;
  Connection::Owner& owner = *this;
  connection_ = std::make_unique<Connection>(context_, endpoint_, peer_, owner);
}

void Channel::on_ready() {
  failures_ = 0;
  was_ready_ = true;
  send_waiting();
}

void Channel::on_throttled(Duration wait) {
  const TimePoint now = context_.loop.now();
  const bool is_news = !was_throttled_ || now > throttled_until_ + kQuietAfterThrottle;
  was_throttled_ = true;
  const TimePoint until = std::max(throttled_until_, now + wait);
  for (Waiting& call : waiting_) call.deadline += until - std::max(throttled_until_, now);
  throttled_until_ = until;
  throttle_timer_ = context_.loop.call_at(until, [this] {
    if (connected()) send_waiting();
  });
  if (!is_news) return;
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
  context_.log.warning(concat(peer_, " makes this client wait for ", millis,
                              " ms: a quota is used up; raise it, or expect this pace"));
}

void Channel::send_waiting() {
  const TimePoint now = context_.loop.now();
  if (throttled_until_ > now) return;  // its timer calls again
  for (Waiting& call : std::exchange(waiting_, {})) {
    if (call.deadline > now) {
      call.attempt(connection_.get(), call.deadline);
    } else {
      fail_soon(
          Error(ErrorCode::kTimedOut, concat(peer_, " was not reached in time")).as_retriable(),
          std::move(call.attempt));
    }
  }
}

void Channel::on_lost(const Error& reason) {
  const Error why = reason;  // the reason ends with its connection
  connection_.reset();
  next_attempt_ = context_.loop.now() + next_backoff();
  if (was_ready_) {
    if (!waiting_.empty()) connect_soon();
    return;
  }
  for (Waiting& call : std::exchange(waiting_, {})) fail_soon(why, std::move(call.attempt));
}

Duration Channel::next_backoff() {
  const auto& options = context_.options;
  const int doublings = std::min(failures_++, 20);
  const Duration pause = std::min(options.reconnect_backoff * (std::int64_t{1} << doublings),
                                  options.reconnect_backoff_max);
  const auto percent = std::int64_t{80} + static_cast<std::int64_t>(jitter_() % 41);
  return pause * percent / 100;
}

void Channel::fail_soon(Error reason, Attempt attempt) {
  failed_.push_back({std::move(reason), std::move(attempt)});
  failed_timer_ = context_.loop.call_after(Duration::zero(), [this] { tell_failed(); });
}

void Channel::tell_failed() {
  const std::weak_ptr<Channel*> alive = self_;
  for (const Failed& call : std::exchange(failed_, {})) {
    call.attempt(call.reason, {});
    if (alive.expired()) return;
  }
}

}  // namespace weir::kafka
