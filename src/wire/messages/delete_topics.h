#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DeleteTopicsResponse;

/// Deletes topics.
struct DeleteTopicsRequest {
  using Response = DeleteTopicsResponse;
  static constexpr Schema kSchema{ApiKey::kDeleteTopics, "DeleteTopicsRequest", {1, 6}, 4};

  struct DeleteTopicState {
    std::optional<std::string_view> name;
    Uuid topic_id;
    bool operator==(const DeleteTopicState&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("topicId", self.topic_id);
    }
  };

  std::vector<DeleteTopicState> topics;
  std::vector<std::string_view> topic_names;
  std::int32_t timeout_ms = 0;
  bool operator==(const DeleteTopicsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics, since(6));
    visit("topicNames", self.topic_names, until(5));
    visit("timeoutMs", self.timeout_ms);
  }
};

/// The answer to DeleteTopicsRequest.
struct DeleteTopicsResponse {
  static constexpr Schema kSchema{ApiKey::kDeleteTopics, "DeleteTopicsResponse", {1, 6}, 4};

  struct DeletableTopicResult {
    std::optional<std::string_view> name;
    Uuid topic_id;
    std::int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    bool operator==(const DeletableTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name, kAllVersions, since(6));
      visit("topicId", self.topic_id, since(6));
      visit("errorCode", self.error_code);
      visit("errorMessage", self.error_message, since(5));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<DeletableTopicResult> responses;
  bool operator==(const DeleteTopicsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("responses", self.responses);
  }
};

}  // namespace weir::wire
