#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DescribeConfigsResponse;

/// Reads the settings of topics and brokers.
struct DescribeConfigsRequest {
  using Response = DescribeConfigsResponse;
  static constexpr Schema kSchema{ApiKey::kDescribeConfigs, "DescribeConfigsRequest", {1, 4}, 4};

  struct DescribeConfigsResource {
    std::int8_t resource_type = 0;
    std::string_view resource_name;
    std::optional<std::vector<std::string_view>> configuration_keys;
    bool operator==(const DescribeConfigsResource&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("resourceType", self.resource_type);
      visit("resourceName", self.resource_name);
      visit("configurationKeys", self.configuration_keys);
    }
  };

  std::vector<DescribeConfigsResource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;
  bool operator==(const DescribeConfigsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("resources", self.resources);
    visit("includeSynonyms", self.include_synonyms);
    visit("includeDocumentation", self.include_documentation, since(3));
  }
};

/// The answer to DescribeConfigsRequest.
struct DescribeConfigsResponse {
  static constexpr Schema kSchema{ApiKey::kDescribeConfigs, "DescribeConfigsResponse", {1, 4}, 4};

  struct DescribeConfigsSynonym {
    std::string_view name;
    std::optional<std::string_view> value;
    std::int8_t source = 0;
    bool operator==(const DescribeConfigsSynonym&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("value", self.value);
      visit("source", self.source);
    }
  };

  struct DescribeConfigsResourceResult {
    std::string_view name;
    std::optional<std::string_view> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    std::vector<DescribeConfigsSynonym> synonyms;
    std::int8_t config_type = 0;
    std::optional<std::string_view> documentation;
    bool operator==(const DescribeConfigsResourceResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("value", self.value);
      visit("readOnly", self.read_only);
      visit("configSource", self.config_source);
      visit("isSensitive", self.is_sensitive);
      visit("synonyms", self.synonyms);
      visit("configType", self.config_type, since(3));
      visit("documentation", self.documentation, since(3));
    }
  };

  struct DescribeConfigsResult {
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::int8_t resource_type = 0;
    std::string_view resource_name;
    std::vector<DescribeConfigsResourceResult> configs;
    bool operator==(const DescribeConfigsResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
      visit("resourceType", self.resource_type);
      visit("resourceName", self.resource_name);
      visit("configs", self.configs);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<DescribeConfigsResult> results;
  bool operator==(const DescribeConfigsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("results", self.results);
  }
};

}  // namespace weir::wire
