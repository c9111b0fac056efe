#include "broker/connection.h"

#include "base/log.h"
#include "broker/dispatch.h"
#include "broker/node.h"

namespace weir::broker {

namespace {

// How often one connection reads before the others have their turn.
constexpr int kRoundsPerTurn = 16;

}  // namespace

Connection::Connection(Node& node, std::uint64_t number)
    : node_(node),
      number_(number),
      frames_(node.receive_pool(), to_uint(node.options().max_request_bytes)) {}

void Connection::on_readable() {
  Node::Event event(node_);
  receive();
}

void Connection::on_writable() {
  Node::Event event(node_);
  flush();
}

void Connection::on_closed(const Error& reason) {
  Node::Event event(node_);
  node_.log().debug(reason.message());
  abandon();
  node_.remove(*this);
}

void Connection::abandon() {
  socket_.reset();
  waiting_.reset();
}

void Connection::resume() {
  if (!serving_) waiting_.reset();
  serve_queued();
  if (read_paused_ && !serving_) receive();
}

void Connection::receive() {
  read_paused_ = false;
  for (int round = 0; socket_; ++round) {
    const std::span<char> space = frames_.space();
    read_paused_ = space.empty() || round == kRoundsPerTurn;
    if (space.empty()) return;  // full of requests that wait: read on when they have been served
    if (read_paused_) return node_.resume_later(weak_from_this());
    const std::size_t count = socket_->read(space);
    if (count == 0) return;
    frames_.filled(count);
    serve_queued();
    if (socket_) socket_->expect(frames_.missing());
  }
}

void Connection::serve_queued() {
  if (in_serve_queued_) return;
  in_serve_queued_ = true;
  while (socket_ && !serving_ && take_request()) {
    serving_ = true;
    serve();
  }
  in_serve_queued_ = false;
}

void Connection::serve() {
  const bool has_key = request_.size() >= sizeof(std::int16_t);
  const auto fault =
      has_key ? node_.cluster().faults().take(wire::big_endian_at<std::int16_t>(request_.data()))
              : std::nullopt;
  fault ? serve_with(*fault) : serve_now();
}

void Connection::serve_with(const Fault& fault) {
  switch (fault.action) {
    case Fault::Action::kError:
      node_.set_error_on_demand(fault.error);
      serve_now();
      return node_.set_error_on_demand(0);
    case Fault::Action::kDelay:
      delay_ = node_.loop().call_after(fault.delay, serve_later());
      return;
    case Fault::Action::kLose:
      return close("a fault on demand has lost the request");
    case Fault::Action::kLoseAnswer:
      answer_is_lost_ = true;
      return serve_now();
    case Fault::Action::kFreeze:
      return;
    case Fault::Action::kGarble:
      answer_is_garbled_ = true;
      return serve_now();
    case Fault::Action::kThrottle:
      throttle_ = fault.delay;
      return serve_now();
    case Fault::Action::kStraggle:
      serve_after_the_end(fault.delay);
      return close("a fault on demand has broken it before the request came through");
    case Fault::Action::kHold:
      return node_.cluster().faults().hold(serve_later());
  }
}

void Connection::serve_now() { serve_request(node_, request_.view(), weak_from_this()); }

void Connection::serve_after_the_end(Duration delay) {
  node_.cluster().faults().keep(node_.loop().call_after(delay, [&node = node_, request = request_] {
    Node::Event event(node);
    serve_request(node, request.view(), {});
  }));
}

std::function<void()> Connection::serve_later() {
  return [this, self = weak_from_this()] {
    if (self.expired() || !socket_) return;
    Node::Event event(node_);
    serve_now();
  };
}

bool Connection::take_request() {
  request_ = Buffer();
  auto frame = frames_.next();
  if (!frame.ok()) {
    close(frame.error().message());
    return false;
  }
  if (!*frame) return false;
  request_ = std::move(**frame);
  return true;
}

void Connection::respond(Response response) {
  if (!socket_) return;
  if (std::exchange(answer_is_lost_, false)) return close("a fault on demand has lost the answer");
  response_ = std::move(response);
  unsent_ = response_->bytes.pieces();
  if (std::exchange(answer_is_garbled_, false)) {
    garbled_ = response_->bytes.joined();
    node_.cluster().faults().garble(garbled_);
    unsent_ = {garbled_};
  }
  flush();
}

void Connection::respond_nothing() {
  if (socket_) finish_request();
}

void Connection::refuse(const Error& reason) { close(reason.message()); }

void Connection::hold(std::shared_ptr<void> waiting) {
  if (socket_) waiting_ = std::move(waiting);
}

std::int16_t Connection::error_on_demand() const { return node_.untold_error_on_demand(); }

void Connection::flush() {
  if (!socket_ || !response_) return;
  std::size_t written = socket_->write(unsent_);
  auto piece = unsent_.begin();
  while (piece != unsent_.end() && written >= piece->size()) written -= (piece++)->size();
  if (piece != unsent_.end()) piece->remove_prefix(written);
  unsent_.erase(unsent_.begin(), piece);
  if (!unsent_.empty()) return;
  response_.reset();
  finish_request();
}

void Connection::rest() {
  delay_ = node_.loop().call_after(std::exchange(throttle_, Duration::zero()),
                                   [this, self = weak_from_this()] {
                                     if (!self.expired() && socket_) finish_request();
                                   });
}

void Connection::finish_request() {
  if (throttle_ > Duration::zero()) return rest();
  serving_ = false;
  // Not from here: what waited may be what is calling, and must not be destroyed while it does.
  if (waiting_ || !in_serve_queued_) node_.resume_soon(weak_from_this());
}

void Connection::close(std::string_view reason) {
  if (!socket_) return;
  node_.log().warning(concat("closed a client's connection: ", reason));
  socket_.reset();
  response_.reset();
  node_.remove(*this);
}

}  // namespace weir::broker
