#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct JoinGroupResponse;

/// Joins a consumer group; answered when all members have joined.
/// protocols' metadata is a ConsumerProtocolSubscription (consumer_protocol.h).
struct JoinGroupRequest {
  using Response = JoinGroupResponse;
  static constexpr Schema kSchema{ApiKey::kJoinGroup, "JoinGroupRequest", {0, 9}, 6};

  struct JoinGroupRequestProtocol {
    std::string_view name;
    Bytes metadata;
    bool operator==(const JoinGroupRequestProtocol&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("metadata", self.metadata);
    }
  };

  std::string_view group_id;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::string_view protocol_type;
  std::vector<JoinGroupRequestProtocol> protocols;
  std::optional<std::string_view> reason;
  bool operator==(const JoinGroupRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id);
    visit("sessionTimeoutMs", self.session_timeout_ms);
    visit("rebalanceTimeoutMs", self.rebalance_timeout_ms, since(1));
    visit("memberId", self.member_id);
    visit("groupInstanceId", self.group_instance_id, since(5));
    visit("protocolType", self.protocol_type);
    visit("protocols", self.protocols);
    visit("reason", self.reason, since(8));
  }
};

/// The answer to JoinGroupRequest.
struct JoinGroupResponse {
  static constexpr Schema kSchema{ApiKey::kJoinGroup, "JoinGroupResponse", {0, 9}, 6};

  struct JoinGroupResponseMember {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    Bytes metadata;
    bool operator==(const JoinGroupResponseMember&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("memberId", self.member_id);
      visit("groupInstanceId", self.group_instance_id, since(5));
      visit("metadata", self.metadata);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int32_t generation_id = -1;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  std::string_view leader;
  bool skip_assignment = false;
  std::string_view member_id;
  std::vector<JoinGroupResponseMember> members;
  bool operator==(const JoinGroupResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(2));
    visit("errorCode", self.error_code);
    visit("generationId", self.generation_id);
    visit("protocolType", self.protocol_type, since(7));
    visit("protocolName", self.protocol_name, kAllVersions, since(7));
    visit("leader", self.leader);
    visit("skipAssignment", self.skip_assignment, since(9));
    visit("memberId", self.member_id);
    visit("members", self.members);
  }
};

}  // namespace weir::wire
