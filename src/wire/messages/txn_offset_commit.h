#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct TxnOffsetCommitResponse;

/// Stores a group's positions as part of a transaction; since version 5 it adds the group's offsets
/// to it.
struct TxnOffsetCommitRequest {
  using Response = TxnOffsetCommitResponse;
  static constexpr Schema kSchema{ApiKey::kTxnOffsetCommit, "TxnOffsetCommitRequest", {0, 6}, 3};

  struct TxnOffsetCommitRequestPartition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string_view> committed_metadata;
    bool operator==(const TxnOffsetCommitRequestPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("committedOffset", self.committed_offset);
      visit("committedLeaderEpoch", self.committed_leader_epoch, since(2));
      visit("committedMetadata", self.committed_metadata);
    }
  };

  struct TxnOffsetCommitRequestTopic {
    std::string_view name;
    Uuid topic_id;
    std::vector<TxnOffsetCommitRequestPartition> partitions;
    bool operator==(const TxnOffsetCommitRequestTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(5));
      visit("topicId", self.topic_id, since(6));
      visit("partitions", self.partitions);
    }
  };

  std::string_view transactional_id;
  std::string_view group_id;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  std::int32_t generation_id_or_member_epoch = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::vector<TxnOffsetCommitRequestTopic> topics;
  bool operator==(const TxnOffsetCommitRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactionalId", self.transactional_id);
    visit("groupId", self.group_id);
    visit("producerId", self.producer_id);
    visit("producerEpoch", self.producer_epoch);
    visit("generationIdOrMemberEpoch", self.generation_id_or_member_epoch, since(3));
    visit("memberId", self.member_id, since(3));
    visit("groupInstanceId", self.group_instance_id, since(3));
    visit("topics", self.topics);
  }
};

/// The answer to TxnOffsetCommitRequest.
struct TxnOffsetCommitResponse {
  static constexpr Schema kSchema{ApiKey::kTxnOffsetCommit, "TxnOffsetCommitResponse", {0, 6}, 3};

  struct TxnOffsetCommitResponsePartition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    bool operator==(const TxnOffsetCommitResponsePartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
    }
  };

  struct TxnOffsetCommitResponseTopic {
    std::string_view name;
    Uuid topic_id;
    std::vector<TxnOffsetCommitResponsePartition> partitions;
    bool operator==(const TxnOffsetCommitResponseTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(5));
      visit("topicId", self.topic_id, since(6));
      visit("partitions", self.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TxnOffsetCommitResponseTopic> topics;
  bool operator==(const TxnOffsetCommitResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
