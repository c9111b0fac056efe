#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/byte_input.h"
#include "weir/receiver.h"

namespace weir {

/// How a stream reads from a peer.
struct SocketOptions {
  ReceiverOptions receiver{};  ///< its name is "socket <host>:<port>" where it is empty
  /// A longer line or record is an error, after which the stream connects anew.
  std::size_t max_record_bytes = std::size_t{1} << 20;
};

namespace detail {

/// The peer of a socket receiver.
class SocketPeer {
 public:
  SocketPeer(std::string host, std::uint16_t port, std::size_t max_record_bytes);
  ~SocketPeer();
  /// Connects, and waits until that is done. Forgets earlier interrupts.
  Result<ByteInput> connect(const std::function<bool()>& stopping);
  /// Ends what waits for the peer. Thread-safe.
  void interrupt();

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

std::string socket_name(const std::string& host, std::uint16_t port);

template <class T, class F>
class SocketReceiver final : public Receiver<T> {
 public:
  SocketReceiver(std::string host, std::uint16_t port, std::size_t max_record_bytes, F f)
      : peer_(std::move(host), port, max_record_bytes), f_(std::move(f)) {}

  Result<void> on_start(ReceiverHandle<T> handle) override {
    WEIR_ASSIGN_OR_RETURN(ByteInput input, peer_.connect([&handle] { return handle.stopping(); }));
    handle.report_success();
    return store_all(handle, f_, input);
  }
  void on_stop() override { peer_.interrupt(); }

 private:
  SocketPeer peer_;
  const F f_;
};

}  // namespace detail

/// Streams what `f(ByteInput&) -> Result<std::optional<T>>` makes of what a peer sends: called
/// again and again, each time for one record; nothing is the end of data. After that, after an
/// error and where the peer cannot be reached, the stream connects again after a pause. `f` is
/// copied for each connection. What is not committed is lost with the process; see
/// receiver_stream().
template <class F>
auto socket_stream(Pipeline& pipeline, std::string host, std::uint16_t port, F f,
                   SocketOptions options = {}) {
  using T = typename detail::RecordReadBy<F>::Type;
  static_assert(!std::is_void_v<T>,
                "socket_stream(): the function must take weir::ByteInput& and return "
                "weir::Result<std::optional<T>>: a record, nothing at the end, or an error");
  if (options.receiver.name.empty()) options.receiver.name = detail::socket_name(host, port);
  return receiver_stream(pipeline,
                         std::make_unique<detail::SocketReceiver<T, F>>(
                             std::move(host), port, options.max_record_bytes, std::move(f)),
                         std::move(options.receiver));
}

/// Streams the lines that a peer sends, such as those of `nc -lk 9999`. Bytes that are no UTF-8 are
/// left as they are.
DStream<std::string> socket_text_stream(Pipeline& pipeline, std::string host, std::uint16_t port,
                                        SocketOptions options = {});

/// Streams what a peer sends as four bytes of length, the highest first, and so many bytes.
DStream<std::string> raw_socket_stream(Pipeline& pipeline, std::string host, std::uint16_t port,
                                       SocketOptions options = {});

}  // namespace weir
