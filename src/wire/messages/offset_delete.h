#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct OffsetDeleteResponse;

/// Removes what a group has committed for partitions.
struct OffsetDeleteRequest {
  using Response = OffsetDeleteResponse;
  static constexpr Schema kSchema{ApiKey::kOffsetDelete, "OffsetDeleteRequest", {0, 0}};

  struct OffsetDeleteRequestPartition {
    std::int32_t partition_index = 0;
    bool operator==(const OffsetDeleteRequestPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
    }
  };

  struct OffsetDeleteRequestTopic {
    std::string_view name;
    std::vector<OffsetDeleteRequestPartition> partitions;
    bool operator==(const OffsetDeleteRequestTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::string_view group_id;
  std::vector<OffsetDeleteRequestTopic> topics;
  bool operator==(const OffsetDeleteRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id);
    visit("topics", self.topics);
  }
};

/// The answer to OffsetDeleteRequest.
struct OffsetDeleteResponse {
  static constexpr Schema kSchema{ApiKey::kOffsetDelete, "OffsetDeleteResponse", {0, 0}};

  struct OffsetDeleteResponsePartition {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    bool operator==(const OffsetDeleteResponsePartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
    }
  };

  struct OffsetDeleteResponseTopic {
    std::string_view name;
    std::vector<OffsetDeleteResponsePartition> partitions;
    bool operator==(const OffsetDeleteResponseTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::int16_t error_code = 0;
  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetDeleteResponseTopic> topics;
  bool operator==(const OffsetDeleteResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("errorCode", self.error_code);
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
