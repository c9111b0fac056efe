#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/loop.h"

/// Socket and accept handlers that note what they are told. For the tests of this folder.
namespace weir::net {

/// Holds one end of a connection, keeps what it reads, and writes all it is given.
class RecordingPeer : public SocketHandler {
 public:
  void write(std::string_view bytes) {
    unsent_ += bytes;
    flush();
  }

  void on_connected() override {
    connected = true;
    flush();
  }
  void on_readable() override {
    char space[4096];
    while (socket != nullptr && reading) {
      const std::size_t count = socket->read(space);
      if (count == 0) return;
      received.append(space, count);
      if (close_after && received.size() >= *close_after) socket.reset();
    }
  }
  void on_writable() override { flush(); }
  void on_closed(const Error& reason) override {
    closed.push_back(reason.message());
    socket.reset();
  }
  bool all_sent() const { return unsent_.empty(); }

  std::unique_ptr<Socket> socket;
  bool connected = false;
  bool reading = true;
  std::optional<std::size_t> close_after;  // destroys the socket within on_readable
  std::string received;
  std::vector<std::string> closed;

 private:
  void flush() {
    if (socket == nullptr) return;
    const std::string_view pieces[] = {std::string_view(unsent_).substr(0, unsent_.size() / 2),
                                       std::string_view(unsent_).substr(unsent_.size() / 2)};
    unsent_.erase(0, socket->write(pieces));
  }

  std::string unsent_;
};

/// Keeps a RecordingPeer for each connection.
class RecordingServer : public AcceptHandler {
 public:
  void on_accept(const std::function<std::unique_ptr<Socket>(SocketHandler&)>& adopt) override {
    ++accepts;
    if (refuse) return;
    peers.push_back(std::make_unique<RecordingPeer>());
    peers.back()->socket = adopt(*peers.back());
    if (!greeting.empty()) peers.back()->write(greeting);
  }

  int accepts = 0;
  bool refuse = false;
  std::string greeting;
  std::vector<std::unique_ptr<RecordingPeer>> peers;
};

}  // namespace weir::net
