#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/loop.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::kafka {

/// How a connection is secured. Plain text is all there is so far; TLS and SASL will stand here.
struct Security {};

/// How to reach a cluster and how patient to be with it.
struct ClientOptions {
  /// Where to ask first; any of them will do.
  std::vector<net::Endpoint> bootstrap;
  std::string client_id = "weir";
  Security security;
  /// How long a connection may take to stand and to agree on versions.
  Duration connect_timeout = std::chrono::seconds(10);
  /// How long a broker may take to answer, beyond what the request itself asks it to wait.
  Duration request_timeout = std::chrono::seconds(30);
  /// The pause after a first failed connection; doubled for each further one, up to the maximum.
  Duration reconnect_backoff = std::chrono::milliseconds(50);
  Duration reconnect_backoff_max = std::chrono::seconds(1);
  /// The pause before a refused request is tried again.
  Duration retry_backoff = std::chrono::milliseconds(100);
  /// How old knowledge of the cluster may grow before it is asked for again.
  Duration metadata_max_age = std::chrono::minutes(5);
  /// How long no known broker may answer before all of them are forgotten and the bootstrap
  /// addresses are asked as at the start (KIP-899): the cluster may have moved away as a whole.
  Duration rebootstrap_after = std::chrono::minutes(5);
  /// A response larger than this is taken for garbage.
  std::size_t max_response_bytes = std::size_t{256} << 20;
  /// What the jitter of pauses is drawn from.
  std::uint64_t seed = 0;
};

/// Returns a duration as the protocol's milliseconds, rounded up: a short wait is not none.
inline std::int32_t in_millis(Duration duration) {
  return static_cast<std::int32_t>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

/// What all parts of the client on one loop stand on. Owned by whoever sets them up; outlives them.
/// Belongs to the loop's thread.
struct ClientContext {
  net::Loop& loop;
  ClientOptions options;
  BufferPool buffers{std::size_t{64} << 20};
  Log log;
};

/// Returns the options of a client named `client_id` of the cluster at `brokers`, whose jitter is
/// not that of other processes. Fails as parse_bootstrap() does.
Result<ClientOptions> client_options(std::string_view brokers, std::string client_id,
                                     const Clock& clock);

/// Returns a copy for the `index`-th of several like parts, whose jitter is not that of the others.
ClientOptions for_part(ClientOptions options, std::size_t index);

/// Reads "host:port,host:port"; the port may be left out (9092), IPv6 stands in brackets.
/// Fails with a sentence that names the part that is no address.
Result<std::vector<net::Endpoint>> parse_bootstrap(std::string_view servers);

}  // namespace weir::kafka
