// DeleteGroups: forgets groups without members, with what they committed; one that is named more
// than once is so once. Where that cannot be written to disk, it is NOT_COORDINATOR, as in Kafka.
#include <set>

#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace {

std::int16_t remove(const Call& call, std::string_view name) {
  if (const auto error = check_group(call, name)) return error;
  GroupCoordinator& groups = call.node.cluster().groups();
  const Group* group = groups.find(name);
  if (group == nullptr || group->is_disposable()) return wire::kafka_code::kGroupIdNotFound;
  if (group->state() != GroupState::kEmpty) return wire::kafka_code::kNonEmptyGroup;
  const bool removed = call.node.cluster().delete_group(*group).ok();
  return removed ? wire::kafka_code::kNone : wire::kafka_code::kNotCoordinator;
}

}  // namespace

void handle(const Call& call, const wire::DeleteGroupsRequest& request) {
  wire::DeleteGroupsResponse response;
  std::set<std::string_view> done;
  for (std::string_view name : request.groups_names) {
    if (!done.insert(name).second) continue;
    auto& result = response.results.emplace_back();
    result.group_id = name;
    result.error_code = remove(call, name);
  }
  call.reply.send(response);
}

}  // namespace weir::broker
