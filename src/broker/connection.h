#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "broker/reply.h"
#include "broker/resumable.h"
#include "net/loop.h"
#include "weir/broker_faults.h"
#include "wire/frame.h"

namespace weir::broker {

class Node;

/// One peer: cuts its bytes into requests and serves them one after the other, as Kafka does: the
/// next one begins when the answer to the last has been written, so a parked request blocks what
/// is queued behind it, and a peer that does not read its answers is not served. What comes in the
/// meantime is read only as far as the FrameReader has room.
/// Owned by its Node (shared: replies refer to it weakly); one thread.
class Connection final : public net::SocketHandler,
                         public ResponseSink,
                         public Resumable,
                         public std::enable_shared_from_this<Connection> {
 public:
  /// `number` is its name at the node.
  Connection(Node& node, std::uint64_t number);

  std::uint64_t number() const { return number_; }

  void set_socket(std::unique_ptr<net::Socket> socket) { socket_ = std::move(socket); }
  /// Drops the socket and the request being served; nobody is told.
  void abandon();
  /// Goes on with what was read while a request was being served.
  void resume() override;

  void on_connected() override {}
  void on_readable() override;
  void on_writable() override;
  void on_closed(const Error& reason) override;

  void respond(Response response) override;
  void respond_nothing() override;
  void refuse(const Error& reason) override;
  void hold(std::shared_ptr<void> waiting) override;
  std::int16_t error_on_demand() const override;
  Duration throttle_on_demand() const override { return throttle_; }

 private:
  void receive();
  void serve_queued();
  bool take_request();
  /// Serves the request, or does with it what a fault on demand says.
  void serve();
  void serve_with(const Fault& fault);
  void serve_after_the_end(Duration delay);
  void serve_now();
  std::function<void()> serve_later();
  void flush();
  void finish_request();
  void rest();
  void close(std::string_view reason);

  Node& node_;
  const std::uint64_t number_;
  std::unique_ptr<net::Socket> socket_;
  wire::FrameReader frames_;
  // There may be bytes that were not read.
  bool read_paused_ = false;

  // The request being served; its bytes stay until its answer has been written.
  Buffer request_;
  bool serving_ = false;
  bool in_serve_queued_ = false;
  bool answer_is_lost_ = false;
  bool answer_is_garbled_ = false;
  Duration throttle_{0};  // how long the connection rests once the answer has been written
  std::string garbled_;
  net::Timer delay_;
  std::shared_ptr<void> waiting_;

  std::optional<Response> response_;
  std::vector<std::string_view> unsent_;
};

}  // namespace weir::broker
