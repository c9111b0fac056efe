// DescribeCluster: the cluster's id, its controller and its brokers. There are no access rights
// here, so authorized_operations says nothing. Endpoint type 2 (controllers, since version 1) is
// MISMATCHED_ENDPOINT_TYPE: this is a broker.
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

void handle(const Call& call, const wire::DescribeClusterRequest& request) {
  constexpr std::int8_t kBrokers = 1;
  const Cluster& cluster = call.node.cluster();
  wire::DescribeClusterResponse response;
  if (request.endpoint_type != kBrokers) {
    response.error_code = wire::kafka_code::kMismatchedEndpointType;
    response.error_message = "this is a broker; it does not describe controllers";
    return call.reply.send(response);
  }
  response.cluster_id = cluster.id();
  response.controller_id = cluster.controller().id;
  for (const Cluster::Member& member : cluster.members()) {
    if (!member.online) continue;
    response.brokers.push_back({member.id, member.endpoint.host, member.endpoint.port, {}, false});
  }
  call.reply.send(response);
}

}  // namespace weir::broker
