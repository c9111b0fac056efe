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
///     static constexpr Schema kSchema{ApiKey::kFindCoordinator, {0, 4}, /*flexible_since=*/3};
///     std::string_view key;
///     std::int8_t key_type = 0;
///     template <class Self, class Visitor>
///     static void describe(Self& self, Visitor& visit) {
///       visit("key", self.key, until(3));
///       visit("keyType", self.key_type, since(1));
///     }
///   };
///
/// Names are those of Kafka's own JSON definitions; members are the same in snake_case.
namespace weir::wire {

enum class ApiKey : std::int16_t {
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
  kInitProducerId = 22,
  kDescribeConfigs = 32,
  kDeleteGroups = 42,
  kDescribeCluster = 60,
};

/// From first to last, both included.
struct Versions {
  std::int16_t first = 0;
  std::int16_t last = std::numeric_limits<std::int16_t>::max();
  constexpr bool contain(std::int16_t version) const { return first <= version && version <= last; }
};
constexpr Versions since(std::int16_t first) { return {first}; }
constexpr Versions until(std::int16_t last) { return {0, last}; }
constexpr Versions between(std::int16_t first, std::int16_t last) { return {first, last}; }

/// What is true of a whole message: its API, the versions we claim, and from which one on it has the
/// flexible encoding (compact lengths, tagged fields).
struct Schema {
  ApiKey api;
  Versions versions;
  std::int16_t flexible_since = std::numeric_limits<std::int16_t>::max();
  constexpr bool flexible(std::int16_t version) const { return version >= flexible_since; }
};

/// The field types beyond integers, bool, double, std::string_view (string),
/// std::optional<std::string_view> (nullable string), std::vector (array) and
/// std::optional<std::vector> (nullable array):
struct Uuid {
  std::array<char, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
};
/// A byte string, `bytes` in Kafka's definitions. A view.
struct Bytes {
  std::string_view view;
  bool operator==(const Bytes&) const = default;
};
/// Record batches, `records` in Kafka's definitions. Null is read as empty. Written by reference.
struct Records {
  std::string_view view;
  bool operator==(const Records&) const = default;
};

}  // namespace weir::wire
