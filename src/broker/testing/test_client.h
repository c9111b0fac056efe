#pragma once

#include <utility>

#include "broker/testing/frame_client.h"
#include "net/sim_network.h"

namespace weir::broker {

/// A FrameClient on a simulated network, which can wait for its answers.
class TestClient final : public FrameClient {
 public:
  TestClient(net::SimNetwork& network, std::uint16_t port)
      : FrameClient(network.loop("client"), {"127.0.0.1", port}), network_(network) {}

  /// Sends a request and waits for its answer, a view of bytes kept until the next call.
  template <class Request>
  typename Request::Response call(const Request& request,
                                  std::int16_t version = Request::kSchema.versions.last) {
    const std::int32_t id = send(request, version);
    return await<typename Request::Response>(id, version);
  }
  template <class Response>
  Response await(std::int32_t id, std::int16_t version = Response::kSchema.versions.last) {
    if (!network_.run_until([&] { return has_answer(id) || closed; })) return Response();
    if (!has_answer(id)) return Response();
    last_answer_ = take_answer(id);
    return wire::read_response<Response>(last_answer_.view(), version, id).value();
  }

 private:
  net::SimNetwork& network_;
  Buffer last_answer_;
};

}  // namespace weir::broker
