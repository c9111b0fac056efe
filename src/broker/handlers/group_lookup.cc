#include "broker/handlers/group_lookup.h"

namespace weir::broker {

std::int16_t check_group(const Call& call, std::string_view group) {
  namespace code = wire::kafka_code;
  if (const auto error = call.node.take_error_on_demand()) return error;
  if (group.empty()) return code::kInvalidGroupId;
  const bool is_ours = call.node.cluster().coordinator_of(group).id == call.node.id();
  return is_ours ? code::kNone : code::kNotCoordinator;
}

}  // namespace weir::broker
