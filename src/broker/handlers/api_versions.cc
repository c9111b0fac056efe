// ApiVersions: which requests this broker serves, in which versions.
//
// Answers every client, whatever else it sends. Lists only what is served, but for Produce 0 to 2
// (see dispatch.cc). Names one feature: the version of the transaction protocol.
#include "broker/dispatch.h"
#include "broker/handlers/handlers.h"
#include "broker/node.h"

namespace weir::broker {

namespace {

// Older clients take a feature that begins at 0 for a mistake.
constexpr std::int16_t kFeaturesFromZeroSince = 4;

}  // namespace

void handle(const Call& call, const wire::ApiVersionsRequest&) {
  wire::ApiVersionsResponse response;
  for (const ServedApi& api : served_apis()) {
    response.api_keys.push_back(
        {static_cast<std::int16_t>(api.key), api.listed.first, api.listed.last});
  }
  const Cluster& cluster = call.node.cluster();
  const std::int16_t version = cluster.transaction_version();
  if (call.version() >= kFeaturesFromZeroSince) {
    response.supported_features = {{kTransactionFeature, 0, kLatestTransactionVersion}};
  }
  response.finalized_features_epoch = cluster.features_epoch();
  if (version > 0) response.finalized_features = {{kTransactionFeature, version, version}};
  call.reply.send(response);
}

}  // namespace weir::broker
