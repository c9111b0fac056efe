#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "weir/result.h"
#include "wire/messages/api_versions.h"
#include "wire/schema.h"

namespace weir::kafka {

/// The API's name without what kind of message it is: "Fetch" for FetchRequest.
std::string_view name_of(const wire::Schema& request);

/// True where a broker that answers a request in this version and tells the client to wait leaves
/// the waiting to the client (KIP-219); before, it has waited itself.
bool client_waits(const wire::Schema& request, std::int16_t version);

/// Asks a broker what it speaks, as this client.
wire::ApiVersionsRequest versions_request();
/// The newest version of it that needs nothing this client does not have; older brokers answer it
/// with version 0 and the versions they know.
inline constexpr std::int16_t kNewestVersionsRequest = 4;

/// Stands for the newest version that this client uses.
inline constexpr std::int16_t kNewestVersion = std::numeric_limits<std::int16_t>::max();

/// What a broker speaks, and what of it this client uses.
class BrokerVersions {
 public:
  BrokerVersions() = default;
  explicit BrokerVersions(const wire::ApiVersionsResponse& answer);

  /// Returns the highest version of a request, up to `newest`, that both speak; else fails and says
  /// what each does.
  Result<std::int16_t> highest(const wire::Schema& request,
                               std::int16_t newest = kNewestVersion) const;

 private:
  std::map<wire::ApiKey, wire::Versions> ranges_;
};

}  // namespace weir::kafka
