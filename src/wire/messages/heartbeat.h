#pragma once

#include <optional>
#include <string_view>

#include "wire/schema.h"

namespace weir::wire {

struct HeartbeatResponse;

/// Tells a group's coordinator that a member lives.
struct HeartbeatRequest {
  using Response = HeartbeatResponse;
  static constexpr Schema kSchema{ApiKey::kHeartbeat, "HeartbeatRequest", {0, 4}, 4};

  std::string_view group_id;
  std::int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  bool operator==(const HeartbeatRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("groupId", self.group_id);
    visit("generationId", self.generation_id);
    visit("memberId", self.member_id);
    visit("groupInstanceId", self.group_instance_id, since(3));
  }
};

/// The answer to HeartbeatRequest.
struct HeartbeatResponse {
  static constexpr Schema kSchema{ApiKey::kHeartbeat, "HeartbeatResponse", {0, 4}, 4};

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  bool operator==(const HeartbeatResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit("errorCode", self.error_code);
  }
};

}  // namespace weir::wire
