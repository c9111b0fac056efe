#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct ApiVersionsResponse;

/// Asks which requests a broker speaks in which versions.
/// The answer always has response header 0; a broker that does not know the version answers with 0.
struct ApiVersionsRequest {
  using Response = ApiVersionsResponse;
  static constexpr Schema kSchema{ApiKey::kApiVersions, "ApiVersionsRequest", {0, 5}, 3};

  std::string_view client_software_name;
  std::string_view client_software_version;
  std::optional<std::string_view> cluster_id;
  std::int32_t node_id = -1;
  bool operator==(const ApiVersionsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("clientSoftwareName", self.client_software_name, since(3));
    visit("clientSoftwareVersion", self.client_software_version, since(3));
    visit("clusterId", self.cluster_id, since(5));
    visit("nodeId", self.node_id, since(5));
  }
};

/// The answer to ApiVersionsRequest.
struct ApiVersionsResponse {
  static constexpr Schema kSchema{ApiKey::kApiVersions, "ApiVersionsResponse", {0, 5}, 3};

  struct ApiVersion {
    std::int16_t api_key = 0;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;
    bool operator==(const ApiVersion&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("apiKey", self.api_key);
      visit("minVersion", self.min_version);
      visit("maxVersion", self.max_version);
    }
  };

  struct SupportedFeatureKey {
    std::string_view name;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;
    bool operator==(const SupportedFeatureKey&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("minVersion", self.min_version);
      visit("maxVersion", self.max_version);
    }
  };

  struct FinalizedFeatureKey {
    std::string_view name;
    std::int16_t max_version_level = 0;
    std::int16_t min_version_level = 0;
    bool operator==(const FinalizedFeatureKey&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("maxVersionLevel", self.max_version_level);
      visit("minVersionLevel", self.min_version_level);
    }
  };

  std::int16_t error_code = 0;
  std::vector<ApiVersion> api_keys;
  std::int32_t throttle_time_ms = 0;
  std::vector<SupportedFeatureKey> supported_features;
  std::int64_t finalized_features_epoch = -1;
  std::vector<FinalizedFeatureKey> finalized_features;
  bool zk_migration_ready = false;
  bool operator==(const ApiVersionsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("errorCode", self.error_code);
    visit("apiKeys", self.api_keys);
    visit("throttleTimeMs", self.throttle_time_ms, since(1));
    visit.tagged(0, "supportedFeatures", self.supported_features, since(3));
    visit.tagged(1, "finalizedFeaturesEpoch", self.finalized_features_epoch, since(3), -1);
    visit.tagged(2, "finalizedFeatures", self.finalized_features, since(3));
    visit.tagged(3, "zkMigrationReady", self.zk_migration_ready, since(3));
  }
};

}  // namespace weir::wire
