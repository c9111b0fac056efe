#pragma once

#include <cstdint>
#include <string>
#include <thread>

namespace words {

/// Sends a text to the first who connects, and closes the connection: `nc -l` in this process.
/// Throws std::runtime_error where it cannot listen.
class LineServer {
 public:
  explicit LineServer(std::string text);
  ~LineServer();
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void serve() const;

  std::string text_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace words
