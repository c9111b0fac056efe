#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/topic_partition.h"
#include "weir/kafka.h"

/// How the leader of a group divides partitions among its members, so that our members and Kafka's
/// Java consumers may lead each other: range and round robin give exactly what Java's do,
/// cooperative-sticky keeps the same promises. Pure functions.
namespace weir::kafka {

/// What one member wants.
struct MemberSubscription {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::vector<std::string> topics;
  /// What it has and has not given up for this assignment, and since which generation; -1 where it
  /// does not say.
  std::vector<TopicPartition> owned{};
  std::int32_t generation = -1;
};

/// How many partitions each topic has; topics that do not exist are not in it.
using PartitionCounts = std::map<std::string, std::int32_t, std::less<>>;

/// Every member's partitions, by member id; idle members have none.
using GroupAssignment = std::map<std::string, std::vector<TopicPartition>, std::less<>>;

/// The assignor's name in the group protocol, and back.
std::string_view protocol_name(Assignor assignor);
std::optional<Assignor> assignor_named(std::string_view name);

/// What a member that wants `preferred` offers to divide by, the best first. With
/// cooperative-sticky behind it, as in Java's default, the members of a group can be told to
/// cooperate one after the other: it is what they agree on once one of them offers nothing else.
std::vector<Assignor> offered_assignors(Assignor preferred);

/// Divides by the given assignor. Members are taken in the order of their instance ids, those
/// without one behind them in the order of their member ids.
GroupAssignment assign_partitions(Assignor assignor, std::vector<MemberSubscription> members,
                                  const PartitionCounts& partitions);

}  // namespace weir::kafka
