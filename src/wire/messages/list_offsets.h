#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct ListOffsetsResponse;

/// Finds offsets by time: the first record at or after a timestamp, or one of the special
/// timestamps -1 (end of the log), -2 (its start), -3 (the record with the latest timestamp).
struct ListOffsetsRequest {
  using Response = ListOffsetsResponse;
  static constexpr Schema kSchema{ApiKey::kListOffsets, "ListOffsetsRequest", {1, 11}, 6};

  struct ListOffsetsPartition {
    std::int32_t partition_index = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t timestamp = 0;
    bool operator==(const ListOffsetsPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("currentLeaderEpoch", self.current_leader_epoch, since(4));
      visit("timestamp", self.timestamp);
    }
  };

  struct ListOffsetsTopic {
    std::string_view name;
    std::vector<ListOffsetsPartition> partitions;
    bool operator==(const ListOffsetsTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::int32_t replica_id = 0;
  std::int8_t isolation_level = 0;
  std::vector<ListOffsetsTopic> topics;
  std::int32_t timeout_ms = 0;
  bool operator==(const ListOffsetsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("replicaId", self.replica_id);
    visit("isolationLevel", self.isolation_level, since(2));
    visit("topics", self.topics);
    visit("timeoutMs", self.timeout_ms, since(10));
  }
};

/// The answer to ListOffsetsRequest.
struct ListOffsetsResponse {
  static constexpr Schema kSchema{ApiKey::kListOffsets, "ListOffsetsResponse", {1, 11}, 6};

  struct ListOffsetsPartitionResponse {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    std::int64_t timestamp = -1;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;
    bool operator==(const ListOffsetsPartitionResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
      visit("timestamp", self.timestamp);
      visit("offset", self.offset);
      visit("leaderEpoch", self.leader_epoch, since(4));
    }
  };

  struct ListOffsetsTopicResponse {
    std::string_view name;
    std::vector<ListOffsetsPartitionResponse> partitions;
    bool operator==(const ListOffsetsTopicResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<ListOffsetsTopicResponse> topics;
  bool operator==(const ListOffsetsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(2));
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
