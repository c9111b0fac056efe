#include "broker/handlers/group_lookup.h"

namespace weir::broker {

namespace code = wire::kafka_code;

std::int16_t check_group(const Call& call, std::string_view group) {
  if (const auto error = call.node.take_error_on_demand()) return error;
  const bool is_ours = call.node.cluster().coordinator_of(group).id == call.node.id();
  return is_ours ? code::kNone : code::kNotCoordinator;
}

std::int16_t check_named_group(const Call& call, std::string_view group) {
  return group.empty() ? std::int16_t{code::kInvalidGroupId} : check_group(call, group);
}

}  // namespace weir::broker
