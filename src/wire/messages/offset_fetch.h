#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct OffsetFetchResponse;

/// Reads a group's stored positions.
/// One group until version 7, many from 8 on; null topics are all of them.
struct OffsetFetchRequest {
  using Response = OffsetFetchResponse;
  static constexpr Schema kSchema{ApiKey::kOffsetFetch, "OffsetFetchRequest", {1, 10}, 6};

  struct OffsetFetchRequestTopic {
    std::string_view name;
    std::vector<std::int32_t> partition_indexes;
    bool operator==(const OffsetFetchRequestTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitionIndexes", self.partition_indexes);
    }
  };

  struct OffsetFetchRequestTopics {
    std::string_view name;
    Uuid topic_id;
    std::vector<std::int32_t> partition_indexes;
    bool operator==(const OffsetFetchRequestTopics&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(9));
      visit("topicId", self.topic_id, since(10));
      visit("partitionIndexes", self.partition_indexes);
    }
  };

  struct OffsetFetchRequestGroup {
    std::string_view group_id;
    std::optional<std::string_view> member_id;
    std::int32_t member_epoch = -1;
    std::optional<std::vector<OffsetFetchRequestTopics>> topics;
    bool operator==(const OffsetFetchRequestGroup&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("groupId", self.group_id);
      visit("memberId", self.member_id, since(9));
      visit("memberEpoch", self.member_epoch, since(9));
      visit("topics", self.topics);
    }
  };

  std::string_view group_id;
  std::optional<std::vector<OffsetFetchRequestTopic>> topics;
  std::vector<OffsetFetchRequestGroup> groups;
  bool require_stable = false;
  bool operator==(const OffsetFetchRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id, until(7));
    visit("topics", self.topics, until(7), since(2));
    visit("groups", self.groups, since(8));
    visit("requireStable", self.require_stable, since(7));
  }
};

/// The answer to OffsetFetchRequest.
struct OffsetFetchResponse {
  static constexpr Schema kSchema{ApiKey::kOffsetFetch, "OffsetFetchResponse", {1, 10}, 6};

  struct OffsetFetchResponsePartition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string_view> metadata;
    std::int16_t error_code = 0;
    bool operator==(const OffsetFetchResponsePartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("committedOffset", self.committed_offset);
      visit("committedLeaderEpoch", self.committed_leader_epoch, since(5));
      visit("metadata", self.metadata);
      visit("errorCode", self.error_code);
    }
  };

  struct OffsetFetchResponseTopic {
    std::string_view name;
    std::vector<OffsetFetchResponsePartition> partitions;
    bool operator==(const OffsetFetchResponseTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  struct OffsetFetchResponsePartitions {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string_view> metadata;
    std::int16_t error_code = 0;
    bool operator==(const OffsetFetchResponsePartitions&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("committedOffset", self.committed_offset);
      visit("committedLeaderEpoch", self.committed_leader_epoch);
      visit("metadata", self.metadata);
      visit("errorCode", self.error_code);
    }
  };

  struct OffsetFetchResponseTopics {
    std::string_view name;
    Uuid topic_id;
    std::vector<OffsetFetchResponsePartitions> partitions;
    bool operator==(const OffsetFetchResponseTopics&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, until(9));
      visit("topicId", self.topic_id, since(10));
      visit("partitions", self.partitions);
    }
  };

  struct OffsetFetchResponseGroup {
    std::string_view group_id;
    std::vector<OffsetFetchResponseTopics> topics;
    std::int16_t error_code = 0;
    bool operator==(const OffsetFetchResponseGroup&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("groupId", self.group_id);
      visit("topics", self.topics);
      visit("errorCode", self.error_code);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetFetchResponseTopic> topics;
  std::int16_t error_code = 0;
  std::vector<OffsetFetchResponseGroup> groups;
  bool operator==(const OffsetFetchResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(3));
    visit("topics", self.topics, until(7));
    visit("errorCode", self.error_code, between(2, 7));
    visit("groups", self.groups, since(8));
  }
};

}  // namespace weir::wire
