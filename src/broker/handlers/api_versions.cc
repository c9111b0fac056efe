// ApiVersions: which requests this broker serves, in which versions.
//
// Answers every client, whatever else it sends. Lists only what is served, but for Produce 0 to 2
// (see dispatch.cc). Names no features: transactions and the newer group protocol are not here.
#include "broker/dispatch.h"
#include "broker/handlers/handlers.h"

namespace weir::broker {

void handle(const Call& call, const wire::ApiVersionsRequest&) {
  wire::ApiVersionsResponse response;
  for (const ServedApi& api : served_apis()) {
    response.api_keys.push_back(
        {static_cast<std::int16_t>(api.key), api.listed.first, api.listed.last});
  }
  call.reply.send(response);
}

}  // namespace weir::broker
