// ListGroups: the groups of this broker, of the states (since version 4) and types (since version
// 5) asked for. All groups here are of the classic type.
#include <algorithm>
#include <cctype>

#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace {

constexpr std::string_view kType = "classic";

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool passes(const std::vector<std::string_view>& filter, std::string_view value) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(), [&](std::string_view wanted) {
           return equal_but_for_case(wanted, value);
         });
}

}  // namespace

void handle(const Call& call, const wire::ListGroupsRequest& request) {
  wire::ListGroupsResponse response;
  for (const auto& [name, group] : call.node.cluster().groups().by_name()) {
    const std::string_view state = to_string(group->state());
    if (check_group(call, name) != 0 || !group->is_visible()) continue;
    if (!passes(request.states_filter, state) || !passes(request.types_filter, kType)) continue;
    response.groups.push_back({name, group->protocol_type(), state, kType});
  }
  call.reply.send(response);
}

}  // namespace weir::broker
