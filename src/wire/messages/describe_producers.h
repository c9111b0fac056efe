#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DescribeProducersResponse;

/// Asks which producers have lately written to partitions.
struct DescribeProducersRequest {
  using Response = DescribeProducersResponse;
  static constexpr Schema kSchema{
      ApiKey::kDescribeProducers, "DescribeProducersRequest", {0, 0}, 0};

  struct TopicRequest {
    std::string_view name;
    std::vector<std::int32_t> partition_indexes;
    bool operator==(const TopicRequest&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitionIndexes", self.partition_indexes);
    }
  };

  std::vector<TopicRequest> topics;
  bool operator==(const DescribeProducersRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics);
  }
};

/// The answer to DescribeProducersRequest.
struct DescribeProducersResponse {
  static constexpr Schema kSchema{
      ApiKey::kDescribeProducers, "DescribeProducersResponse", {0, 0}, 0};

  struct ProducerState {
    std::int64_t producer_id = 0;
    std::int32_t producer_epoch = 0;
    std::int32_t last_sequence = -1;
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = 0;
    std::int64_t current_txn_start_offset = -1;
    bool operator==(const ProducerState&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("producerId", self.producer_id);
      visit("producerEpoch", self.producer_epoch);
      visit("lastSequence", self.last_sequence);
      visit("lastTimestamp", self.last_timestamp);
      visit("coordinatorEpoch", self.coordinator_epoch);
      visit("currentTxnStartOffset", self.current_txn_start_offset);
    }
  };

  struct PartitionResponse {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::vector<ProducerState> active_producers;
    bool operator==(const PartitionResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
      visit("activeProducers", self.active_producers);
    }
  };

  struct TopicResponse {
    std::string_view name;
    std::vector<PartitionResponse> partitions;
    bool operator==(const TopicResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TopicResponse> topics;
  bool operator==(const DescribeProducersResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
