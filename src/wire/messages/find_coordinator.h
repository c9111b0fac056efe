#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct FindCoordinatorResponse;

/// Finds the broker that coordinates a group or a transactional id.
/// One key until version 3, many from 4 on.
struct FindCoordinatorRequest {
  using Response = FindCoordinatorResponse;
  static constexpr Schema kSchema{ApiKey::kFindCoordinator, "FindCoordinatorRequest", {0, 6}, 3};

  std::string_view key;
  std::int8_t key_type = 0;
  std::vector<std::string_view> coordinator_keys;
  bool operator==(const FindCoordinatorRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("key", self.key, until(3));
    visit("keyType", self.key_type, since(1));
    visit("coordinatorKeys", self.coordinator_keys, since(4));
  }
};

/// The answer to FindCoordinatorRequest.
struct FindCoordinatorResponse {
  static constexpr Schema kSchema{ApiKey::kFindCoordinator, "FindCoordinatorResponse", {0, 6}, 3};

  struct Coordinator {
    std::string_view key;
    std::int32_t node_id = 0;
    std::string_view host;
    std::int32_t port = 0;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    bool operator==(const Coordinator&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("key", self.key);
      visit("nodeId", self.node_id);
      visit("host", self.host);
      visit("port", self.port);
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::int32_t node_id = 0;
  std::string_view host;
  std::int32_t port = 0;
  std::vector<Coordinator> coordinators;
  bool operator==(const FindCoordinatorResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit("errorCode", self.error_code, until(3));
    visit("errorMessage", self.error_message, between(1, 3));
    visit("nodeId", self.node_id, until(3));
    visit("host", self.host, until(3));
    visit("port", self.port, until(3));
    visit("coordinators", self.coordinators, since(4));
  }
};

}  // namespace weir::wire
