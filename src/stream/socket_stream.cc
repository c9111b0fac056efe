#include "weir/socket_stream.h"

#include <utility>

#include "base/log.h"
#include "net/blocking_socket.h"

namespace weir {

namespace {

Result<std::optional<std::string>> read_text(ByteInput& input) { return input.read_line(); }

Result<std::optional<std::string>> read_raw(ByteInput& input) {
  WEIR_ASSIGN_OR_RETURN(const auto prefix, input.read(4));
  if (!prefix) return std::optional<std::string>();
  std::uint32_t length = 0;
  for (const char byte : *prefix) length = length << 8 | static_cast<unsigned char>(byte);
  WEIR_ASSIGN_OR_RETURN(auto record, input.read(length));
  if (record) return record;
  return Error(ErrorCode::kCorrupt, concat("the end came before a record of ", length, " bytes"));
}

}  // namespace

namespace detail {

struct SocketPeer::Connection {
  net::Endpoint peer;
  std::size_t most = 0;
  net::Interrupt interrupt;
};

SocketPeer::SocketPeer(std::string host, std::uint16_t port, std::size_t max_record_bytes)
    : connection_(new Connection{{std::move(host), port}, max_record_bytes, {}}) {}
SocketPeer::~SocketPeer() = default;

Result<ByteInput> SocketPeer::connect(const std::function<bool()>& stopping) {
  connection_->interrupt.clear();
  if (stopping()) return Error(ErrorCode::kAborted, "the stream is being stopped");
  WEIR_ASSIGN_OR_RETURN(auto opened,
                        net::BlockingSocket::connect(connection_->peer, connection_->interrupt));
  // Shared only because a std::function must be one that can be copied.
  auto socket = std::make_shared<net::BlockingSocket>(std::move(opened));
  return ByteInput([socket](std::span<char> space) { return socket->read(space); },
                   connection_->most);
}

void SocketPeer::interrupt() { connection_->interrupt.set(); }

std::string socket_name(const std::string& host, std::uint16_t port) {
  return concat("socket ", net::to_string(net::Endpoint{host, port}));
}

}  // namespace detail

DStream<std::string> socket_text_stream(Pipeline& pipeline, std::string host, std::uint16_t port,
                                        SocketOptions options) {
  return socket_stream(pipeline, std::move(host), port, read_text, std::move(options));
}

DStream<std::string> raw_socket_stream(Pipeline& pipeline, std::string host, std::uint16_t port,
                                       SocketOptions options) {
  return socket_stream(pipeline, std::move(host), port, read_raw, std::move(options));
}

}  // namespace weir
