#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DescribeClusterResponse;

/// Describes the cluster and its brokers.
struct DescribeClusterRequest {
  using Response = DescribeClusterResponse;
  static constexpr Schema kSchema{ApiKey::kDescribeCluster, "DescribeClusterRequest", {0, 2}, 0};

  bool include_cluster_authorized_operations = false;
  std::int8_t endpoint_type = 1;
  bool include_fenced_brokers = false;
  bool operator==(const DescribeClusterRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("includeClusterAuthorizedOperations", self.include_cluster_authorized_operations);
    visit("endpointType", self.endpoint_type, since(1));
    visit("includeFencedBrokers", self.include_fenced_brokers, since(2));
  }
};

/// The answer to DescribeClusterRequest.
struct DescribeClusterResponse {
  static constexpr Schema kSchema{ApiKey::kDescribeCluster, "DescribeClusterResponse", {0, 2}, 0};

  struct DescribeClusterBroker {
    std::int32_t broker_id = 0;
    std::string_view host;
    std::int32_t port = 0;
    std::optional<std::string_view> rack;
    bool is_fenced = false;
    bool operator==(const DescribeClusterBroker&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("brokerId", self.broker_id);
      visit("host", self.host);
      visit("port", self.port);
      visit("rack", self.rack);
      visit("isFenced", self.is_fenced, since(2));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::int8_t endpoint_type = 1;
  std::string_view cluster_id;
  std::int32_t controller_id = -1;
  std::vector<DescribeClusterBroker> brokers;
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
  bool operator==(const DescribeClusterResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code);
    visit("errorMessage", self.error_message);
    visit("endpointType", self.endpoint_type, since(1));
    visit("clusterId", self.cluster_id);
    visit("controllerId", self.controller_id);
    visit("brokers", self.brokers);
    visit("clusterAuthorizedOperations", self.cluster_authorized_operations);
  }
};

}  // namespace weir::wire
