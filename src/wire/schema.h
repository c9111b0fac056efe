#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

/// How a message of the protocol is described: a plain struct, its `kSchema`, and one function
/// `describe` that lists its fields with the versions that have them. Reading, writing, sizing and
/// printing are visitors of that one list (codec.h); no message has a parser of its own.
///
///   struct FindCoordinatorRequest {
///     static constexpr Schema kSchema{ApiKey::kFindCoordinator, "FindCoordinatorRequest", {0, 6},
///     3}; std::string_view key; std::int8_t key_type = 0; bool operator==(const
///     FindCoordinatorRequest&) const = default;
///
///     template <class Self, class Visitor>
///     static void describe(Self& self, Visitor& visit) {
///       visit("key", self.key, until(3));
///       visit("keyType", self.key_type, since(1));
///     }
///   };
///
/// A visitor is called, in the order of the wire, with
///   visit("name", self.name, versions, nullable)         versions that have it, that know its null
///   visit.tagged(0, "name", self.name, versions, value)  left out while it equals `value`
/// and tagged fields come last, by ascending tag. Names are those of Kafka's own JSON definitions;
/// members are the same in snake_case. A field that a version lacks keeps its default when read and
/// is left out when written. Structs within a message have a `describe` of their own and no schema.
namespace weir::wire {

enum class ApiKey : std::int16_t {
  kNone = -1,  ///< of messages that are no request: headers, what group members store
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetCommit = 8,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kLeaveGroup = 13,
  kSyncGroup = 14,
  kDescribeGroups = 15,
  kListGroups = 16,
  kApiVersions = 18,
  kCreateTopics = 19,
  kDeleteTopics = 20,
  kDeleteRecords = 21,
  kInitProducerId = 22,
  kOffsetForLeaderEpoch = 23,
  kAddPartitionsToTxn = 24,
  kAddOffsetsToTxn = 25,
  kEndTxn = 26,
  kWriteTxnMarkers = 27,
  kTxnOffsetCommit = 28,
  kDescribeConfigs = 32,
  kAlterConfigs = 33,
  kCreatePartitions = 37,
  kDeleteGroups = 42,
  kIncrementalAlterConfigs = 44,
  kOffsetDelete = 47,
  kUpdateFeatures = 57,
  kDescribeCluster = 60,
  kDescribeProducers = 61,
  kDescribeTransactions = 65,
  kListTransactions = 66,
};

/// From first to last, both included.
struct Versions {
  std::int16_t first = 0;
  std::int16_t last = std::numeric_limits<std::int16_t>::max();
  constexpr bool contain(std::int16_t version) const { return first <= version && version <= last; }
};
inline constexpr Versions kAllVersions{};
constexpr Versions since(std::int16_t first) { return {first}; }
constexpr Versions until(std::int16_t last) { return {0, last}; }
constexpr Versions between(std::int16_t first, std::int16_t last) { return {first, last}; }

/// What is true of a whole message: its API, its name, the versions we claim, and from which one on
/// it has the flexible encoding (compact lengths, tagged fields).
struct Schema {
  ApiKey api;
  std::string_view name;
  Versions versions;
  std::int16_t flexible_since = std::numeric_limits<std::int16_t>::max();
  constexpr bool flexible(std::int16_t version) const { return version >= flexible_since; }
};

/// The field types beyond integers, bool, std::string_view (string), std::vector (array), structs,
/// and std::optional of a string, bytes or array (where it may be null):
struct Uuid {
  std::array<char, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};
/// A byte string, `bytes` in Kafka's definitions. A view.
struct Bytes {
  std::string_view view;
  bool operator==(const Bytes&) const = default;
};
/// A nullable string whose length has 16 bits in flexible versions too: the client id, only it.
struct ClassicString {
  std::optional<std::string_view> text;
  bool operator==(const ClassicString&) const = default;
};
/// Record batches, `records` in Kafka's definitions. Null is read as empty. Written by reference.
struct Records {
  std::string_view view;
  bool operator==(const Records&) const = default;
};

}  // namespace weir::wire
