#include "kafka/options.h"

#include <charconv>
#include <utility>

namespace weir::kafka {

namespace {

constexpr std::uint16_t kDefaultPort = 9092;

Error no_address(std::string_view server) {
  return Error(ErrorCode::kInvalidArgument,
               concat("\"", server, "\" is no address of a Kafka broker; write host:port, such as ",
                      "localhost:9092, and a comma between several"));
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

Result<net::Endpoint> parse_server(std::string_view server) {
  std::string_view host = server;
  std::string_view port;
  const bool bracketed = server.starts_with('[');
  const auto host_end = bracketed ? server.find(']') : server.rfind(':');
  if (bracketed) {
    if (host_end == std::string_view::npos) return no_address(server);
    host = server.substr(1, host_end - 1);
    port = server.substr(host_end + 1);
    if (!port.empty() && !port.starts_with(':')) return no_address(server);
  } else if (host_end != std::string_view::npos) {
    host = server.substr(0, host_end);
    port = server.substr(host_end);
    if (host.find(':') != std::string_view::npos) return no_address(server);
  }
  if (host.empty() || host.find_first_of("/ \t") != std::string_view::npos) {
    return no_address(server);
  }
  net::Endpoint endpoint{std::string(host), kDefaultPort};
  if (port.empty()) return endpoint;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc() || end != port.data() + port.size() || endpoint.port == 0) {
    return no_address(server);
  }
  return endpoint;
}

}  // namespace

Result<ClientOptions> client_options(std::string_view brokers, std::string client_id,
                                     const Clock& clock) {
  ClientOptions options;
  WEIR_ASSIGN_OR_RETURN(options.bootstrap, parse_bootstrap(brokers));
  options.client_id = std::move(client_id);
  // Nanoseconds: two processes that begin at the same one are on different machines, whose clocks
  // differ in it.
  options.seed = static_cast<std::uint64_t>(clock.now().time_since_epoch().count()) ^
                 static_cast<std::uint64_t>(clock.wall().millis);
  return options;
}

ClientOptions for_part(ClientOptions options, std::size_t index) {
  options.seed += 1 + index;
  return options;
}

Result<std::vector<net::Endpoint>> parse_bootstrap(std::string_view servers) {
  std::vector<net::Endpoint> endpoints;
  for (std::size_t from = 0; from <= servers.size();) {
    const auto comma = std::min(servers.find(',', from), servers.size());
    WEIR_ASSIGN_OR_RETURN(auto endpoint, parse_server(trimmed(servers.substr(from, comma - from))));
    endpoints.push_back(std::move(endpoint));
    from = comma + 1;
  }
  return endpoints;
}

}  // namespace weir::kafka
