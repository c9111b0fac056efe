#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct SyncGroupResponse;

/// Hands out (as leader) and fetches a group's assignment.
/// assignment is a ConsumerProtocolAssignment (consumer_protocol.h).
struct SyncGroupRequest {
  using Response = SyncGroupResponse;
  static constexpr Schema kSchema{ApiKey::kSyncGroup, "SyncGroupRequest", {0, 5}, 4};

  struct SyncGroupRequestAssignment {
    std::string_view member_id;
    Bytes assignment;
    bool operator==(const SyncGroupRequestAssignment&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("memberId", self.member_id);
      visit("assignment", self.assignment);
    }
  };

  std::string_view group_id;
  std::int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  std::vector<SyncGroupRequestAssignment> assignments;
  bool operator==(const SyncGroupRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id);
    visit("generationId", self.generation_id);
    visit("memberId", self.member_id);
    visit("groupInstanceId", self.group_instance_id, since(3));
    visit("protocolType", self.protocol_type, since(5));
    visit("protocolName", self.protocol_name, since(5));
    visit("assignments", self.assignments);
  }
};

/// The answer to SyncGroupRequest.
struct SyncGroupResponse {
  static constexpr Schema kSchema{ApiKey::kSyncGroup, "SyncGroupResponse", {0, 5}, 4};

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  Bytes assignment;
  bool operator==(const SyncGroupResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit("errorCode", self.error_code);
    visit("protocolType", self.protocol_type, since(5));
    visit("protocolName", self.protocol_name, since(5));
    visit("assignment", self.assignment);
  }
};

}  // namespace weir::wire
