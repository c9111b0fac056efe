#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct IncrementalAlterConfigsResponse;

/// Changes single settings of topics and brokers.
struct IncrementalAlterConfigsRequest {
  using Response = IncrementalAlterConfigsResponse;
  static constexpr Schema kSchema{
      ApiKey::kIncrementalAlterConfigs, "IncrementalAlterConfigsRequest", {0, 1}, 1};

  struct AlterableConfig {
    std::string_view name;
    std::int8_t config_operation = 0;
    std::optional<std::string_view> value;
    bool operator==(const AlterableConfig&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("configOperation", self.config_operation);
      visit("value", self.value);
    }
  };

  struct AlterConfigsResource {
    std::int8_t resource_type = 0;
    std::string_view resource_name;
    std::vector<AlterableConfig> configs;
    bool operator==(const AlterConfigsResource&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("resourceType", self.resource_type);
      visit("resourceName", self.resource_name);
      visit("configs", self.configs);
    }
  };

  std::vector<AlterConfigsResource> resources;
  bool validate_only = false;
  bool operator==(const IncrementalAlterConfigsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("resources", self.resources);
    visit("validateOnly", self.validate_only);
  }
};

/// The answer to IncrementalAlterConfigsRequest.
struct IncrementalAlterConfigsResponse {
  static constexpr Schema kSchema{
      ApiKey::kIncrementalAlterConfigs, "IncrementalAlterConfigsResponse", {0, 1}, 1};

  struct AlterConfigsResourceResponse {
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::int8_t resource_type = 0;
    std::string_view resource_name;
    bool operator==(const AlterConfigsResourceResponse&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
      visit("resourceType", self.resource_type);
      visit("resourceName", self.resource_name);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<AlterConfigsResourceResponse> responses;
  bool operator==(const IncrementalAlterConfigsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("responses", self.responses);
  }
};

}  // namespace weir::wire
