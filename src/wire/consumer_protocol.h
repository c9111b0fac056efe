#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"
#include "wire/schema.h"

/// What the members of a consumer group tell each other through JoinGroup and SyncGroup, opaque to
/// the broker: a 16-bit version, then one of these messages.
namespace weir::wire {

/// What one member wants and has.
struct ConsumerProtocolSubscription {
  static constexpr Schema kSchema{ApiKey::kNone, "ConsumerProtocolSubscription", {0, 3}};

  struct TopicPartition {
    std::string_view topic;
    std::vector<std::int32_t> partitions;
    bool operator==(const TopicPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic);
      visit("partitions", self.partitions);
    }
  };

  std::vector<std::string_view> topics;
  std::optional<Bytes> user_data;
  std::vector<TopicPartition> owned_partitions;
  std::int32_t generation_id = -1;
  std::optional<std::string_view> rack_id;
  bool operator==(const ConsumerProtocolSubscription&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics);
    visit("userData", self.user_data);
    visit("ownedPartitions", self.owned_partitions, since(1));
    visit("generationId", self.generation_id, since(2));
    visit("rackId", self.rack_id, since(3));
  }
};

/// What the leader gives one member.
struct ConsumerProtocolAssignment {
  static constexpr Schema kSchema{ApiKey::kNone, "ConsumerProtocolAssignment", {0, 3}};
  using TopicPartition = ConsumerProtocolSubscription::TopicPartition;

  std::vector<TopicPartition> assigned_partitions;
  std::optional<Bytes> user_data;
  bool operator==(const ConsumerProtocolAssignment&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("assignedPartitions", self.assigned_partitions);
    visit("userData", self.user_data);
  }
};

/// Returns the version and the message.
std::string with_version(const ConsumerProtocolSubscription& subscription, std::int16_t version);
std::string with_version(const ConsumerProtocolAssignment& assignment, std::int16_t version);

/// Reads the version and the message, as views into `bytes`. A version newer than ours is read as
/// our newest and what it adds behind is ignored, as all Kafka clients do.
Result<ConsumerProtocolSubscription> read_subscription(std::string_view bytes);
/// As read_subscription. No bytes at all are the empty assignment.
Result<ConsumerProtocolAssignment> read_assignment(std::string_view bytes);

}  // namespace weir::wire
