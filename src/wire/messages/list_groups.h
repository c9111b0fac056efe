#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct ListGroupsResponse;

/// Lists a broker's groups.
struct ListGroupsRequest {
  using Response = ListGroupsResponse;
  static constexpr Schema kSchema{ApiKey::kListGroups, "ListGroupsRequest", {0, 5}, 3};

  std::vector<std::string_view> states_filter;
  std::vector<std::string_view> types_filter;
  bool operator==(const ListGroupsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("statesFilter", self.states_filter, since(4));
    visit("typesFilter", self.types_filter, since(5));
  }
};

/// The answer to ListGroupsRequest.
struct ListGroupsResponse {
  static constexpr Schema kSchema{ApiKey::kListGroups, "ListGroupsResponse", {0, 5}, 3};

  struct ListedGroup {
    std::string_view group_id;
    std::string_view protocol_type;
    std::string_view group_state;
    std::string_view group_type;
    bool operator==(const ListedGroup&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("groupId", self.group_id);
      visit("protocolType", self.protocol_type);
      visit("groupState", self.group_state, since(4));
      visit("groupType", self.group_type, since(5));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<ListedGroup> groups;
  bool operator==(const ListGroupsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit("errorCode", self.error_code);
    visit("groups", self.groups);
  }
};

}  // namespace weir::wire
