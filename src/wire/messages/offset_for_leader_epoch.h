#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct OffsetForLeaderEpochResponse;

/// Asks where the records of a leader epoch end: up to there, a log is what its reader has seen.
struct OffsetForLeaderEpochRequest {
  using Response = OffsetForLeaderEpochResponse;
  static constexpr Schema kSchema{
      ApiKey::kOffsetForLeaderEpoch, "OffsetForLeaderEpochRequest", {2, 4}, 4};

  struct OffsetForLeaderPartition {
    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int32_t leader_epoch = 0;
    bool operator==(const OffsetForLeaderPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partition", self.partition);
      visit("currentLeaderEpoch", self.current_leader_epoch);
      visit("leaderEpoch", self.leader_epoch);
    }
  };

  struct OffsetForLeaderTopic {
    std::string_view topic;
    std::vector<OffsetForLeaderPartition> partitions;
    bool operator==(const OffsetForLeaderTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic);
      visit("partitions", self.partitions);
    }
  };

  std::int32_t replica_id = -2;
  std::vector<OffsetForLeaderTopic> topics;
  bool operator==(const OffsetForLeaderEpochRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("replicaId", self.replica_id, since(3));
    visit("topics", self.topics);
  }
};

/// The answer to OffsetForLeaderEpochRequest.
struct OffsetForLeaderEpochResponse {
  static constexpr Schema kSchema{
      ApiKey::kOffsetForLeaderEpoch, "OffsetForLeaderEpochResponse", {2, 4}, 4};

  struct EpochEndOffset {
    std::int16_t error_code = 0;
    std::int32_t partition = 0;
    std::int32_t leader_epoch = -1;
    std::int64_t end_offset = -1;
    bool operator==(const EpochEndOffset&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("partition", self.partition);
      visit("leaderEpoch", self.leader_epoch);
      visit("endOffset", self.end_offset);
    }
  };

  struct OffsetForLeaderTopicResult {
    std::string_view topic;
    std::vector<EpochEndOffset> partitions;
    bool operator==(const OffsetForLeaderTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic);
      visit("partitions", self.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetForLeaderTopicResult> topics;
  bool operator==(const OffsetForLeaderEpochResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
