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
    serve_request(node_, request_.view(), weak_from_this());
  }
  in_serve_queued_ = false;
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
  response_ = std::move(response);
  unsent_ = response_->bytes.pieces();
  flush();
}

void Connection::respond_nothing() {
  if (socket_) finish_request();
}

void Connection::refuse(const Error& reason) { close(reason.message()); }

void Connection::hold(std::shared_ptr<void> waiting) {
  if (socket_) waiting_ = std::move(waiting);
}

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

void Connection::finish_request() {
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
