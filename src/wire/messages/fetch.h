#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct FetchResponse;

/// Reads record batches from partitions, waiting for new ones if asked to.
/// A topic is named until version 12, given by its id from 13 on.
struct FetchRequest {
  using Response = FetchResponse;
  static constexpr Schema kSchema{ApiKey::kFetch, "FetchRequest", {4, 18}, 12};

  struct ReplicaState {
    std::int32_t replica_id = -1;
    std::int64_t replica_epoch = -1;
    bool operator==(const ReplicaState&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("replicaId", self.replica_id);
      visit("replicaEpoch", self.replica_epoch);
    }
  };

  struct FetchPartition {
    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t fetch_offset = 0;
    std::int32_t last_fetched_epoch = -1;
    std::int64_t log_start_offset = -1;
    std::int32_t partition_max_bytes = 0;
    Uuid replica_directory_id;
    std::int64_t high_watermark = std::numeric_limits<std::int64_t>::max();
    bool operator==(const FetchPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partition", self.partition);
      visit("currentLeaderEpoch", self.current_leader_epoch, since(9));
      visit("fetchOffset", self.fetch_offset);
      visit("lastFetchedEpoch", self.last_fetched_epoch, since(12));
      visit("logStartOffset", self.log_start_offset, since(5));
      visit("partitionMaxBytes", self.partition_max_bytes);
      visit.tagged(0, "replicaDirectoryId", self.replica_directory_id, since(17));
      visit.tagged(1, "highWatermark", self.high_watermark, since(18),
                   std::numeric_limits<std::int64_t>::max());
    }
  };

  struct FetchTopic {
    std::string_view topic;
    Uuid topic_id;
    std::vector<FetchPartition> partitions;
    bool operator==(const FetchTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic, until(12));
      visit("topicId", self.topic_id, since(13));
      visit("partitions", self.partitions);
    }
  };

  struct ForgottenTopic {
    std::string_view topic;
    Uuid topic_id;
    std::vector<std::int32_t> partitions;
    bool operator==(const ForgottenTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic, until(12));
      visit("topicId", self.topic_id, since(13));
      visit("partitions", self.partitions);
    }
  };

  std::optional<std::string_view> cluster_id;
  std::int32_t replica_id = -1;
  ReplicaState replica_state;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 0;
  std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
  std::int8_t isolation_level = 0;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<FetchTopic> topics;
  std::vector<ForgottenTopic> forgotten_topics_data;
  std::string_view rack_id;
  bool operator==(const FetchRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("replicaId", self.replica_id, until(14));
    visit("maxWaitMs", self.max_wait_ms);
    visit("minBytes", self.min_bytes);
    visit("maxBytes", self.max_bytes);
    visit("isolationLevel", self.isolation_level);
    visit("sessionId", self.session_id, since(7));
    visit("sessionEpoch", self.session_epoch, since(7));
    visit("topics", self.topics);
    visit("forgottenTopicsData", self.forgotten_topics_data, since(7));
    visit("rackId", self.rack_id, since(11));
    visit.tagged(0, "clusterId", self.cluster_id, since(12));
    visit.tagged(1, "replicaState", self.replica_state, since(15));
  }
};

/// The answer to FetchRequest.
struct FetchResponse {
  static constexpr Schema kSchema{ApiKey::kFetch, "FetchResponse", {4, 18}, 12};

  struct EpochEndOffset {
    std::int32_t epoch = -1;
    std::int64_t end_offset = -1;
    bool operator==(const EpochEndOffset&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("epoch", self.epoch);
      visit("endOffset", self.end_offset);
    }
  };

  struct LeaderIdAndEpoch {
    std::int32_t leader_id = -1;
    std::int32_t leader_epoch = -1;
    bool operator==(const LeaderIdAndEpoch&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("leaderId", self.leader_id);
      visit("leaderEpoch", self.leader_epoch);
    }
  };

  struct SnapshotId {
    std::int64_t end_offset = -1;
    std::int32_t epoch = -1;
    bool operator==(const SnapshotId&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("endOffset", self.end_offset);
      visit("epoch", self.epoch);
    }
  };

  struct AbortedTransaction {
    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;
    bool operator==(const AbortedTransaction&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("producerId", self.producer_id);
      visit("firstOffset", self.first_offset);
    }
  };

  struct PartitionData {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::int64_t high_watermark = 0;
    std::int64_t last_stable_offset = -1;
    std::int64_t log_start_offset = -1;
    EpochEndOffset diverging_epoch;
    LeaderIdAndEpoch current_leader;
    SnapshotId snapshot_id;
    std::optional<std::vector<AbortedTransaction>> aborted_transactions;
    std::int32_t preferred_read_replica = -1;
    Records records;
    bool operator==(const PartitionData&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
      visit("highWatermark", self.high_watermark);
      visit("lastStableOffset", self.last_stable_offset);
      visit("logStartOffset", self.log_start_offset, since(5));
      visit("abortedTransactions", self.aborted_transactions);
      visit("preferredReadReplica", self.preferred_read_replica, since(11));
      visit("records", self.records);
      visit.tagged(0, "divergingEpoch", self.diverging_epoch, since(12));
      visit.tagged(1, "currentLeader", self.current_leader, since(12));
      visit.tagged(2, "snapshotId", self.snapshot_id, since(12));
    }
  };

  struct FetchableTopicResponse {
    std::string_view topic;
    Uuid topic_id;
    std::vector<PartitionData> partitions;
    bool operator==(const FetchableTopicResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic, until(12));
      visit("topicId", self.topic_id, since(13));
      visit("partitions", self.partitions);
    }
  };

  struct NodeEndpoint {
    std::int32_t node_id = 0;
    std::string_view host;
    std::int32_t port = 0;
    std::optional<std::string_view> rack;
    bool operator==(const NodeEndpoint&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("nodeId", self.node_id);
      visit("host", self.host);
      visit("port", self.port);
      visit("rack", self.rack);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int32_t session_id = 0;
  std::vector<FetchableTopicResponse> responses;
  std::vector<NodeEndpoint> node_endpoints;
  bool operator==(const FetchResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code, since(7));
    visit("sessionId", self.session_id, since(7));
    visit("responses", self.responses);
    visit.tagged(0, "nodeEndpoints", self.node_endpoints, since(16));
  }
};

}  // namespace weir::wire
