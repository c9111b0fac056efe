#include "line_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace words {

LineServer::LineServer(std::string text)
    : text_(std::move(text)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const bool listens = ::bind(listener_, any, size) == 0 && ::listen(listener_, 1) == 0 &&
                       ::getsockname(listener_, any, &size) == 0;
  if (!listens) throw std::runtime_error("cannot listen on a port of 127.0.0.1");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

LineServer::~LineServer() {
  ::shutdown(listener_, SHUT_RDWR);  // accept() returns
  thread_.join();
  ::close(listener_);
}

void LineServer::serve() const {
  const int peer = ::accept(listener_, nullptr, nullptr);
  if (peer < 0) return;
  std::size_t sent = 0;
  while (sent < text_.size()) {
    const ssize_t count = ::send(peer, text_.data() + sent, text_.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) break;
    sent += static_cast<std::size_t>(count);
  }
  ::close(peer);
}

}  // namespace words
