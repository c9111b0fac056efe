#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::kafka {

/// Who speaks for a group, and since when: a broker refuses commits of a generation that is over.
/// The default is nobody in particular, who may commit as long as the group has no members.
struct GroupGeneration {
  std::int32_t id = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  bool operator==(const GroupGeneration&) const = default;
};

}  // namespace weir::kafka
