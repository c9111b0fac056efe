#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct LeaveGroupResponse;

/// Leaves a consumer group.
/// One member until version 2, many from 3 on.
struct LeaveGroupRequest {
  using Response = LeaveGroupResponse;
  static constexpr Schema kSchema{ApiKey::kLeaveGroup, "LeaveGroupRequest", {0, 5}, 4};

  struct MemberIdentity {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::optional<std::string_view> reason;
    bool operator==(const MemberIdentity&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("memberId", self.member_id);
      visit("groupInstanceId", self.group_instance_id);
      visit("reason", self.reason, since(5));
    }
  };

  std::string_view group_id;
  std::string_view member_id;
  std::vector<MemberIdentity> members;
  bool operator==(const LeaveGroupRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id);
    visit("memberId", self.member_id, until(2));
    visit("members", self.members, since(3));
  }
};

/// The answer to LeaveGroupRequest.
struct LeaveGroupResponse {
  static constexpr Schema kSchema{ApiKey::kLeaveGroup, "LeaveGroupResponse", {0, 5}, 4};

  struct MemberResponse {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::int16_t error_code = 0;
    bool operator==(const MemberResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("memberId", self.member_id);
      visit("groupInstanceId", self.group_instance_id);
      visit("errorCode", self.error_code);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<MemberResponse> members;
  bool operator==(const LeaveGroupResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit("errorCode", self.error_code);
    visit("members", self.members, since(3));
  }
};

}  // namespace weir::wire
