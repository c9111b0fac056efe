#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DeleteGroupsResponse;

/// Deletes groups without members.
struct DeleteGroupsRequest {
  using Response = DeleteGroupsResponse;
  static constexpr Schema kSchema{ApiKey::kDeleteGroups, "DeleteGroupsRequest", {0, 3}, 2};

  std::vector<std::string_view> groups_names;
  bool operator==(const DeleteGroupsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupsNames", self.groups_names);
  }
};

/// The answer to DeleteGroupsRequest.
struct DeleteGroupsResponse {
  static constexpr Schema kSchema{ApiKey::kDeleteGroups, "DeleteGroupsResponse", {0, 3}, 2};

  struct DeletableGroupResult {
    std::string_view group_id;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    bool operator==(const DeletableGroupResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("groupId", self.group_id);
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message, since(3));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<DeletableGroupResult> results;
  bool operator==(const DeleteGroupsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("results", self.results);
  }
};

}  // namespace weir::wire
