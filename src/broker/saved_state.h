#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/committed_offsets.h"
#include "broker/journal.h"
#include "broker/topic_catalog.h"
#include "broker/transaction.h"
#include "weir/result.h"
#include "weir/types.h"

/// What a broker keeps in its journal: all that must survive and is no record of a topic. Keys
/// begin with what they are of ("topic/tweets"); values are written as the protocol writes its own.
namespace weir::broker {

/// How far a group has come in one partition.
struct SavedOffset {
  std::string group;
  std::string topic;
  std::int32_t partition = 0;
  CommittedOffsets::Entry entry;
};

/// All that a journal holds. A value.
struct SavedState {
  std::string cluster_id;             ///< empty in a new journal
  std::uint64_t starts = 0;           ///< how often a broker has started on it
  std::int64_t producer_ids_end = 0;  ///< no id from here on was given out; 0 in a new journal
  std::vector<Topic> topics;
  /// Where logs start, if later than their oldest segment tells.
  std::map<std::pair<wire::Uuid, std::int32_t>, Offset> log_starts;
  std::vector<SavedOffset> offsets;
  std::vector<std::pair<std::int64_t, SavedOffset>> pending_offsets;  ///< with their producers' ids
  std::vector<Transaction> transactions;
  std::optional<std::int16_t> transaction_version;  ///< if it was ever changed
};

/// Reads a journal. `path` is for the message where it is not what this version writes.
Result<SavedState> read_state(const Journal::Entries& entries, const std::string& path);

// Changes that keep a state's parts.

Journal::Change saved_format();
Journal::Change saved_cluster_id(const std::string& id);
Journal::Change saved_starts(std::uint64_t starts);
Journal::Change saved_producer_ids_end(std::int64_t end);
Journal::Change saved_topic(const Topic& topic);
Journal::Change forgotten_topic(std::string_view name);
Journal::Change saved_log_start(const wire::Uuid& topic, std::int32_t partition, Offset start);
Journal::Change forgotten_log_start(const wire::Uuid& topic, std::int32_t partition);
Journal::Change saved_offset(const SavedOffset& offset);
Journal::Change forgotten_offset(std::string_view group, std::string_view topic,
                                 std::int32_t partition);
Journal::Change saved_pending_offset(std::int64_t producer_id, const SavedOffset& offset);
Journal::Change forgotten_pending_offset(std::int64_t producer_id, std::string_view group,
                                         std::string_view topic, std::int32_t partition);
Journal::Change saved_transaction(const Transaction& transaction);
Journal::Change forgotten_transaction(std::string_view id);
Journal::Change saved_transaction_version(std::int16_t version);

}  // namespace weir::broker
