// FindCoordinator: the broker that looks after a group, or after a transactional id (key type 1).
//
// One key until version 3, a list of them since version 4. As in Kafka an answer without error has
// a message too, an empty one.
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Coordinator = wire::FindCoordinatorResponse::Coordinator;

constexpr std::int8_t kGroup = 0;
constexpr std::int8_t kTransaction = 1;

Coordinator refused(std::string_view key, std::int16_t error, std::string_view message) {
  return {key, -1, "", -1, error, message};
}

Coordinator find(const Cluster& cluster, std::string_view key, std::int8_t key_type) {
  namespace code = wire::kafka_code;
  if (key_type != kGroup && key_type != kTransaction) {
    return refused(key, code::kInvalidRequest,
                   "this broker coordinates groups (key type 0) and transactions (1) only");
  }
  const Cluster::Member& member = cluster.coordinator_of(key);
  return {key, member.id, member.endpoint.host, member.endpoint.port, code::kNone, ""};
}

}  // namespace

void handle(const Call& call, const wire::FindCoordinatorRequest& request) {
  const Cluster& cluster = call.node.cluster();
  wire::FindCoordinatorResponse response;
  if (call.version() >= 4) {
    for (std::string_view key : request.coordinator_keys) {
      response.coordinators.push_back(find(cluster, key, request.key_type));
    }
  } else {
    const Coordinator found = find(cluster, request.key, request.key_type);
    response.error_code = found.error_code;
    response.error_message = found.error_message;
    response.node_id = found.node_id;
    response.host = found.host;
    response.port = found.port;
  }
  call.reply.send(response);
}

}  // namespace weir::broker
