#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct MetadataResponse;

/// Asks which brokers there are and who leads each partition.
/// Null topics (an empty list in version 0) are all topics.
struct MetadataRequest {
  using Response = MetadataResponse;
  static constexpr Schema kSchema{ApiKey::kMetadata, "MetadataRequest", {0, 13}, 9};

  struct MetadataRequestTopic {
    Uuid topic_id;
    std::optional<std::string_view> name;
    bool operator==(const MetadataRequestTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topicId", self.topic_id, since(10));
      visit("name", self.name, kAllVersions, since(10));
    }
  };

  std::optional<std::vector<MetadataRequestTopic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;
  bool operator==(const MetadataRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics, kAllVersions, since(1));
    visit("allowAutoTopicCreation", self.allow_auto_topic_creation, since(4));
    visit("includeClusterAuthorizedOperations", self.include_cluster_authorized_operations,
          between(8, 10));
    visit("includeTopicAuthorizedOperations", self.include_topic_authorized_operations, since(8));
  }
};

/// The answer to MetadataRequest.
struct MetadataResponse {
  static constexpr Schema kSchema{ApiKey::kMetadata, "MetadataResponse", {0, 13}, 9};

  struct MetadataResponseBroker {
    std::int32_t node_id = 0;
    std::string_view host;
    std::int32_t port = 0;
    std::optional<std::string_view> rack;
    bool operator==(const MetadataResponseBroker&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("nodeId", self.node_id);
      visit("host", self.host);
      visit("port", self.port);
      visit("rack", self.rack, since(1));
    }
  };

  struct MetadataResponsePartition {
    std::int16_t error_code = 0;
    std::int32_t partition_index = 0;
    std::int32_t leader_id = 0;
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::vector<std::int32_t> offline_replicas;
    bool operator==(const MetadataResponsePartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("partitionIndex", self.partition_index);
      visit("leaderId", self.leader_id);
      visit("leaderEpoch", self.leader_epoch, since(7));
      visit("replicaNodes", self.replica_nodes);
      visit("isrNodes", self.isr_nodes);
      visit("offlineReplicas", self.offline_replicas, since(5));
    }
  };

  struct MetadataResponseTopic {
    std::int16_t error_code = 0;
    std::optional<std::string_view> name;
    Uuid topic_id;
    bool is_internal = false;
    std::vector<MetadataResponsePartition> partitions;
    std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();
    bool operator==(const MetadataResponseTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("name", self.name, kAllVersions, since(12));
      visit("topicId", self.topic_id, since(10));
      visit("isInternal", self.is_internal, since(1));
      visit("partitions", self.partitions);
      visit("topicAuthorizedOperations", self.topic_authorized_operations, since(8));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<MetadataResponseBroker> brokers;
  std::optional<std::string_view> cluster_id;
  std::int32_t controller_id = -1;
  std::vector<MetadataResponseTopic> topics;
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
  std::int16_t error_code = 0;
  bool operator==(const MetadataResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(3));
    visit("brokers", self.brokers);
    visit("clusterId", self.cluster_id, since(2));
    visit("controllerId", self.controller_id, since(1));
    visit("topics", self.topics);
    visit("clusterAuthorizedOperations", self.cluster_authorized_operations, between(8, 10));
    visit("errorCode", self.error_code, since(13));
  }
};

}  // namespace weir::wire
