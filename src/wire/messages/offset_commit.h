#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct OffsetCommitResponse;

/// Stores a group's positions.
struct OffsetCommitRequest {
  using Response = OffsetCommitResponse;
  static constexpr Schema kSchema{ApiKey::kOffsetCommit, "OffsetCommitRequest", {2, 10}, 8};

  struct OffsetCommitRequestPartition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string_view> committed_metadata;
    bool operator==(const OffsetCommitRequestPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("committedOffset", self.committed_offset);
      visit("committedLeaderEpoch", self.committed_leader_epoch, since(6));
      visit("committedMetadata", self.committed_metadata);
    }
  };

  struct OffsetCommitRequestTopic {
    std::string_view name;
    Uuid topic_id;
    std::vector<OffsetCommitRequestPartition> partitions;
    bool operator==(const OffsetCommitRequestTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(9));
      visit("topicId", self.topic_id, since(10));
      visit("partitions", self.partitions);
    }
  };

  std::string_view group_id;
  std::int32_t generation_id_or_member_epoch = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::int64_t retention_time_ms = -1;
  std::vector<OffsetCommitRequestTopic> topics;
  bool operator==(const OffsetCommitRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id);
    visit("generationIdOrMemberEpoch", self.generation_id_or_member_epoch);
    visit("memberId", self.member_id);
    visit("groupInstanceId", self.group_instance_id, since(7));
    visit("retentionTimeMs", self.retention_time_ms, until(4));
    visit("topics", self.topics);
  }
};

/// The answer to OffsetCommitRequest.
struct OffsetCommitResponse {
  static constexpr Schema kSchema{ApiKey::kOffsetCommit, "OffsetCommitResponse", {2, 10}, 8};

  struct OffsetCommitResponsePartition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    bool operator==(const OffsetCommitResponsePartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
    }
  };

  struct OffsetCommitResponseTopic {
    std::string_view name;
    Uuid topic_id;
    std::vector<OffsetCommitResponsePartition> partitions;
    bool operator==(const OffsetCommitResponseTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(9));
      visit("topicId", self.topic_id, since(10));
      visit("partitions", self.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetCommitResponseTopic> topics;
  bool operator==(const OffsetCommitResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(3));
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
