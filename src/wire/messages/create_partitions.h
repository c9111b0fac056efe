#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct CreatePartitionsResponse;

/// Adds partitions to topics.
struct CreatePartitionsRequest {
  using Response = CreatePartitionsResponse;
  static constexpr Schema kSchema{ApiKey::kCreatePartitions, "CreatePartitionsRequest", {0, 3}, 2};

  struct CreatePartitionsAssignment {
    std::vector<std::int32_t> broker_ids;
    bool operator==(const CreatePartitionsAssignment&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("brokerIds", self.broker_ids);
    }
  };

  struct CreatePartitionsTopic {
    std::string_view name;
    std::int32_t count = 0;
    std::optional<std::vector<CreatePartitionsAssignment>> assignments;
    bool operator==(const CreatePartitionsTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("count", self.count);
      visit("assignments", self.assignments);
    }
  };

  std::vector<CreatePartitionsTopic> topics;
  std::int32_t timeout_ms = 0;
  bool validate_only = false;
  bool operator==(const CreatePartitionsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics);
    visit("timeoutMs", self.timeout_ms);
    visit("validateOnly", self.validate_only);
  }
};

/// The answer to CreatePartitionsRequest.
struct CreatePartitionsResponse {
  static constexpr Schema kSchema{ApiKey::kCreatePartitions, "CreatePartitionsResponse", {0, 3}, 2};

  struct CreatePartitionsTopicResult {
    std::string_view name;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    bool operator==(const CreatePartitionsTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<CreatePartitionsTopicResult> results;
  bool operator==(const CreatePartitionsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("results", self.results);
  }
};

}  // namespace weir::wire
