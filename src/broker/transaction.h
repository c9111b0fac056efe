#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// By what a partition and a coordinator know a producer.
struct ProducerIdentity {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
  auto operator<=>(const ProducerIdentity&) const = default;
};

/// The end of a producer's transaction, as a coordinator has it written into a partition.
struct TransactionEnd {
  ProducerIdentity producer;
  wire::ControlType how;
  std::int32_t coordinator_epoch = 0;
};

/// The feature that says which version of the transaction protocol clients use, and its last one.
inline constexpr std::string_view kTransactionFeature = "transaction.version";
inline constexpr std::int16_t kLatestTransactionVersion = 2;
/// From this version on each end raises the epoch.
inline constexpr std::int16_t kRaisesEpochSinceVersion = 2;

enum class TransactionState : std::uint8_t {
  kEmpty,          ///< the producer has an identity, and no transaction
  kOngoing,        ///< some partition or group belongs to it
  kPrepareCommit,  ///< it is decided; partitions and groups are being told
  kPrepareAbort,
  kCompleteCommit,  ///< all know
  kCompleteAbort,
};
/// Returns the name by which Kafka's tools know the state.
std::string_view to_string(TransactionState state);

/// What a coordinator keeps of a transactional id: the producer that it belongs to, and that one's
/// transaction. A value.
struct Transaction {
  using Partition = std::pair<std::string, std::int32_t>;  ///< topic, number

  std::string id;
  ProducerIdentity producer;
  /// What the producer was before its identity changed by its own doing, so that a request of then,
  /// sent again, gets the answer of then. -1 where nobody may ask so.
  std::int64_t previous_id = -1;
  std::int16_t previous_epoch = -1;
  /// The id from the next transaction on, where the epochs of this one have run out.
  std::int64_t next_id = -1;
  std::int32_t timeout_ms = 0;
  TransactionState state = TransactionState::kEmpty;
  /// The last end was asked for in the way of version 2: it raised the epoch.
  bool raised_epoch = false;
  WallTime started{-1};
  std::set<Partition> partitions{};  ///< that do not know the end yet
  std::set<std::string> groups{};    ///< likewise

  bool is_prepared() const {
    return state == TransactionState::kPrepareCommit || state == TransactionState::kPrepareAbort;
  }
};

}  // namespace weir::broker
