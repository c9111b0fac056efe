#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct CreateTopicsResponse;

/// Creates topics.
struct CreateTopicsRequest {
  using Response = CreateTopicsResponse;
  static constexpr Schema kSchema{ApiKey::kCreateTopics, "CreateTopicsRequest", {2, 7}, 5};

  struct CreatableReplicaAssignment {
    std::int32_t partition_index = 0;
    std::vector<std::int32_t> broker_ids;
    bool operator==(const CreatableReplicaAssignment&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("brokerIds", self.broker_ids);
    }
  };

  struct CreatableTopicConfig {
    std::string_view name;
    std::optional<std::string_view> value;
    bool operator==(const CreatableTopicConfig&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("value", self.value);
    }
  };

  struct CreatableTopic {
    std::string_view name;
    std::int32_t num_partitions = 0;
    std::int16_t replication_factor = 0;
    std::vector<CreatableReplicaAssignment> assignments;
    std::vector<CreatableTopicConfig> configs;
    bool operator==(const CreatableTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("numPartitions", self.num_partitions);
      visit("replicationFactor", self.replication_factor);
      visit("assignments", self.assignments);
      visit("configs", self.configs);
    }
  };

  std::vector<CreatableTopic> topics;
  std::int32_t timeout_ms = 60000;
  bool validate_only = false;
  bool operator==(const CreateTopicsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics);
    visit("timeoutMs", self.timeout_ms);
    visit("validateOnly", self.validate_only);
  }
};

/// The answer to CreateTopicsRequest.
struct CreateTopicsResponse {
  static constexpr Schema kSchema{ApiKey::kCreateTopics, "CreateTopicsResponse", {2, 7}, 5};

  struct CreatableTopicConfigs {
    std::string_view name;
    std::optional<std::string_view> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    bool operator==(const CreatableTopicConfigs&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("value", self.value);
      visit("readOnly", self.read_only);
      visit("configSource", self.config_source);
      visit("isSensitive", self.is_sensitive);
    }
  };

  struct CreatableTopicResult {
    std::string_view name;
    Uuid topic_id;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::int16_t topic_config_error_code = 0;
    std::int32_t num_partitions = -1;
    std::int16_t replication_factor = -1;
    std::optional<std::vector<CreatableTopicConfigs>> configs;
    bool operator==(const CreatableTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("topicId", self.topic_id, since(7));
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
      visit("numPartitions", self.num_partitions, since(5));
      visit("replicationFactor", self.replication_factor, since(5));
      visit("configs", self.configs, since(5));
      visit.tagged(0, "topicConfigErrorCode", self.topic_config_error_code, since(5));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<CreatableTopicResult> topics;
  bool operator==(const CreateTopicsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
