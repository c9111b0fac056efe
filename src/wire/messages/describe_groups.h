#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DescribeGroupsResponse;

/// Describes groups with their members.
struct DescribeGroupsRequest {
  using Response = DescribeGroupsResponse;
  static constexpr Schema kSchema{ApiKey::kDescribeGroups, "DescribeGroupsRequest", {0, 6}, 5};

  std::vector<std::string_view> groups;
  bool include_authorized_operations = false;
  bool operator==(const DescribeGroupsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groups", self.groups);
    visit("includeAuthorizedOperations", self.include_authorized_operations, since(3));
  }
};

/// The answer to DescribeGroupsRequest.
struct DescribeGroupsResponse {
  static constexpr Schema kSchema{ApiKey::kDescribeGroups, "DescribeGroupsResponse", {0, 6}, 5};

  struct DescribedGroupMember {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::string_view client_id;
    std::string_view client_host;
    Bytes member_metadata;
    Bytes member_assignment;
    bool operator==(const DescribedGroupMember&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("memberId", self.member_id);
      visit("groupInstanceId", self.group_instance_id, since(4));
      visit("clientId", self.client_id);
      visit("clientHost", self.client_host);
      visit("memberMetadata", self.member_metadata);
      visit("memberAssignment", self.member_assignment);
    }
  };

  struct DescribedGroup {
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::string_view group_id;
    std::string_view group_state;
    std::string_view protocol_type;
    std::string_view protocol_data;
    std::vector<DescribedGroupMember> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();
    bool operator==(const DescribedGroup&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message, since(6));
      visit("groupId", self.group_id);
      visit("groupState", self.group_state);
      visit("protocolType", self.protocol_type);
      visit("protocolData", self.protocol_data);
      visit("members", self.members);
      visit("authorizedOperations", self.authorized_operations, since(3));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<DescribedGroup> groups;
  bool operator==(const DescribeGroupsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit("groups", self.groups);
  }
};

}  // namespace weir::wire
