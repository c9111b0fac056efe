#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct UpdateFeaturesResponse;

/// Finalizes versions of features, such as transaction.version.
struct UpdateFeaturesRequest {
  using Response = UpdateFeaturesResponse;
  static constexpr Schema kSchema{ApiKey::kUpdateFeatures, "UpdateFeaturesRequest", {0, 2}, 0};

  struct FeatureUpdateKey {
    std::string_view feature;
    std::int16_t max_version_level = 0;
    bool allow_downgrade = false;
    std::int8_t upgrade_type = 1;
    bool operator==(const FeatureUpdateKey&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("feature", self.feature);
      visit("maxVersionLevel", self.max_version_level);
      visit("allowDowngrade", self.allow_downgrade, until(0));
      visit("upgradeType", self.upgrade_type, since(1));
    }
  };

  std::int32_t timeout_ms = 60000;
  std::vector<FeatureUpdateKey> feature_updates;
  bool validate_only = false;
  bool operator==(const UpdateFeaturesRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("timeoutMs", self.timeout_ms);
    visit("featureUpdates", self.feature_updates);
    visit("validateOnly", self.validate_only, since(1));
  }
};

/// The answer to UpdateFeaturesRequest.
struct UpdateFeaturesResponse {
  static constexpr Schema kSchema{ApiKey::kUpdateFeatures, "UpdateFeaturesResponse", {0, 2}, 0};

  struct UpdatableFeatureResult {
    std::string_view feature;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    bool operator==(const UpdatableFeatureResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("feature", self.feature);
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<UpdatableFeatureResult> results;
  bool operator==(const UpdateFeaturesResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code);
    visit("errorMessage", self.error_message);
    visit("results", self.results, until(1));
  }
};

}  // namespace weir::wire
