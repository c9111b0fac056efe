#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct ProduceResponse;

/// Appends record batches to partitions.
/// A topic is named until version 12, given by its id from 13 on. With acks 0 there is no answer.
struct ProduceRequest {
  using Response = ProduceResponse;
  static constexpr Schema kSchema{ApiKey::kProduce, "ProduceRequest", {3, 13}, 9};

  struct PartitionProduceData {
    std::int32_t index = 0;
    Records records;
    bool operator==(const PartitionProduceData&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("index", self.index);
      visit("records", self.records);
    }
  };

  struct TopicProduceData {
    std::string_view name;
    Uuid topic_id;
    std::vector<PartitionProduceData> partition_data;
    bool operator==(const TopicProduceData&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(12));
      visit("topicId", self.topic_id, since(13));
      visit("partitionData", self.partition_data);
    }
  };

  std::optional<std::string_view> transactional_id;
  std::int16_t acks = 0;
  std::int32_t timeout_ms = 0;
  std::vector<TopicProduceData> topic_data;
  bool operator==(const ProduceRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactionalId", self.transactional_id);
    visit("acks", self.acks);
    visit("timeoutMs", self.timeout_ms);
    visit("topicData", self.topic_data);
  }
};

/// The answer to ProduceRequest.
struct ProduceResponse {
  static constexpr Schema kSchema{ApiKey::kProduce, "ProduceResponse", {3, 13}, 9};

  struct BatchIndexAndErrorMessage {
    std::int32_t batch_index = 0;
    std::optional<std::string_view> batch_index_error_message;
    bool operator==(const BatchIndexAndErrorMessage&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("batchIndex", self.batch_index);
      visit("batchIndexErrorMessage", self.batch_index_error_message);
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

  struct PartitionProduceResponse {
    std::int32_t index = 0;
    std::int16_t error_code = 0;
    std::int64_t base_offset = 0;
    std::int64_t log_append_time_ms = -1;
    std::int64_t log_start_offset = -1;
    std::vector<BatchIndexAndErrorMessage> record_errors;
    std::optional<std::string_view> error_message;
    LeaderIdAndEpoch current_leader;
    bool operator==(const PartitionProduceResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("index", self.index);
      visit("errorCode", self.error_code);
      visit("baseOffset", self.base_offset);
      visit("logAppendTimeMs", self.log_append_time_ms);
      visit("logStartOffset", self.log_start_offset, since(5));
      visit("recordErrors", self.record_errors, since(8));
      visit("errorMessage", self.error_message, since(8));
      visit.tagged(0, "currentLeader", self.current_leader, since(10));
    }
  };

  struct TopicProduceResponse {
    std::string_view name;
    Uuid topic_id;
    std::vector<PartitionProduceResponse> partition_responses;
    bool operator==(const TopicProduceResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(12));
      visit("topicId", self.topic_id, since(13));
      visit("partitionResponses", self.partition_responses);
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

  std::vector<TopicProduceResponse> responses;
  std::int32_t throttle_time_ms = 0;
  std::vector<NodeEndpoint> node_endpoints;
  bool operator==(const ProduceResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("responses", self.responses);
    visit("throttleTimeMs", self.throttle_time_ms);
    visit.tagged(0, "nodeEndpoints", self.node_endpoints, since(10));
  }
};

}  // namespace weir::wire
