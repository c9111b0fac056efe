#include "broker/transaction_coordinator.h"

#include <algorithm>
#include <limits>

#include "wire/error_codes.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;
using wire::ControlType;

constexpr Duration kRetellAfter = std::chrono::milliseconds(20);

/// The last epoch is never given to a producer, so that it can always be fenced.
constexpr std::int16_t kLastEpoch = std::numeric_limits<std::int16_t>::max() - 1;

std::int16_t next(std::int16_t epoch) { return static_cast<std::int16_t>(epoch + 1); }
bool is_used_up(std::int16_t epoch) { return epoch >= kLastEpoch; }
bool is_given(ProducerIdentity producer) { return producer.id >= 0; }

TransactionState prepared(ControlType how) {
  return how == ControlType::kCommit ? TransactionState::kPrepareCommit
                                     : TransactionState::kPrepareAbort;
}

/// How the transaction was decided or ended.
ControlType ending(const Transaction& transaction) {
  const bool is_commit = transaction.state == TransactionState::kPrepareCommit ||
                         transaction.state == TransactionState::kCompleteCommit;
  return is_commit ? ControlType::kCommit : ControlType::kAbort;
}

/// Whether a producer that believes to be `expected` may go on as this id's producer: nobody else
/// has taken the id over, unless for want of epochs.
bool may_go_on(const Transaction& transaction, ProducerIdentity expected) {
  return transaction.producer.epoch < 0 || expected.id == transaction.producer.id ||
         (expected.id == transaction.previous_id && is_used_up(expected.epoch));
}

/// Whether an end was asked for before the last one, which raised the epoch, was answered.
bool was_answered_by_raising(const Transaction& transaction, ProducerIdentity producer) {
  if (!transaction.raised_epoch) return false;
  const bool raised =
      transaction.producer.id == producer.id && transaction.producer.epoch == next(producer.epoch);
  const bool replaced = transaction.previous_id == producer.id && producer.epoch == kLastEpoch &&
                        transaction.producer.epoch == 0;
  return raised || replaced;
}

/// The identity that a producer has when its transaction's end is known to all.
ProducerIdentity after_end(const Transaction& transaction) {
  return transaction.next_id >= 0 ? ProducerIdentity{transaction.next_id, 0} : transaction.producer;
}

}  // namespace

std::string_view to_string(TransactionState state) {
  switch (state) {
    case TransactionState::kEmpty:
      return "Empty";
    case TransactionState::kOngoing:
      return "Ongoing";
    case TransactionState::kPrepareCommit:
      return "PrepareCommit";
    case TransactionState::kPrepareAbort:
      return "PrepareAbort";
    case TransactionState::kCompleteCommit:
      return "CompleteCommit";
    case TransactionState::kCompleteAbort:
      return "CompleteAbort";
  }
  return "Unknown";
}

TransactionCoordinator::Answer TransactionCoordinator::init(std::string_view id,
                                                            std::int32_t timeout_ms,
                                                            ProducerIdentity expected) {
  if (id.empty()) return {code::kInvalidRequest, {}};
  if (timeout_ms <= 0 || timeout_ms > kLongestTimeoutMs) {
    return {code::kInvalidTransactionTimeout, {}};
  }
  Entry* entry = find_entry(id);
  if (entry == nullptr) entry = make_room_and_create(id);
  if (entry == nullptr) return {code::kCoordinatorNotAvailable, {}};
  Transaction& transaction = entry->transaction;
  if (is_given(expected) && !may_go_on(transaction, expected)) return {code::kProducerFenced, {}};
  if (transaction.is_prepared() && !complete(*entry)) return {code::kConcurrentTransactions, {}};
  if (transaction.state != TransactionState::kOngoing) return renew(*entry, timeout_ms, expected);
  if (const auto error = fence(*entry)) return {error, {}};
  return {code::kConcurrentTransactions, {}};
}

TransactionCoordinator::Answer TransactionCoordinator::renew(Entry& entry, std::int32_t timeout_ms,
                                                             ProducerIdentity expected) {
  Transaction renewed = entry.transaction;
  ProducerIdentity& producer = renewed.producer;
  const bool is_latest =
      !is_given(expected) || producer.epoch < 0 || expected.epoch == producer.epoch;
  if (is_latest) {
    renewed.previous_id = producer.id;
    renewed.previous_epoch = is_given(expected) ? producer.epoch : std::int16_t{-1};
    if (producer.id < 0 || is_used_up(producer.epoch)) {
      const auto new_id = parties_.next_producer_id();
      if (!new_id.ok()) return {code::kCoordinatorLoadInProgress, {}};
      producer = {*new_id, 0};
    } else {
      producer.epoch = next(producer.epoch);
    }
  } else if (expected.epoch != renewed.previous_epoch) {
    return {code::kProducerFenced, {}};
  }
  renewed.timeout_ms = timeout_ms;
  renewed.state = TransactionState::kEmpty;
  renewed.raised_epoch = false;
  renewed.started = {-1};
  if (!parties_.save(renewed).ok()) return {code::kCoordinatorNotAvailable, {}};
  entry.transaction = std::move(renewed);
  return {code::kNone, entry.transaction.producer};
}

std::int16_t TransactionCoordinator::find_open(std::string_view id, ProducerIdentity producer,
                                               Entry*& entry) {
  if (id.empty()) return code::kInvalidRequest;
  entry = find_entry(id);
  if (entry == nullptr || !is_given(producer) || entry->transaction.producer.id != producer.id) {
    return code::kInvalidProducerIdMapping;
  }
  if (entry->transaction.producer.epoch != producer.epoch) return code::kProducerFenced;
  if (!entry->transaction.is_prepared() || complete(*entry)) return code::kNone;
  return code::kConcurrentTransactions;
}

std::int16_t TransactionCoordinator::add_partitions(
    std::string_view id, ProducerIdentity producer,
    std::span<const Transaction::Partition> partitions) {
  Entry* entry = nullptr;
  if (const auto error = find_open(id, producer, entry)) return error;
  Transaction next = entry->transaction;
  next.partitions.insert(partitions.begin(), partitions.end());
  return begin_or_go_on(*entry, std::move(next));
}

std::int16_t TransactionCoordinator::add_group(std::string_view id, ProducerIdentity producer,
                                               std::string_view group) {
  Entry* entry = nullptr;
  if (const auto error = find_open(id, producer, entry)) return error;
  Transaction next = entry->transaction;
  next.groups.emplace(group);
  if (next.groups.size() > kMaxGroups) return code::kInvalidRequest;
  return begin_or_go_on(*entry, std::move(next));
}

std::int16_t TransactionCoordinator::begin_or_go_on(Entry& entry, Transaction next) {
  const Transaction& now = entry.transaction;
  const bool begins = now.state != TransactionState::kOngoing;
  if (!begins && next.partitions.size() == now.partitions.size() &&
      next.groups.size() == now.groups.size()) {
    return code::kNone;
  }
  next.state = TransactionState::kOngoing;
  if (begins) next.started = loop_.clock().wall();
  if (!parties_.save(next).ok()) return code::kCoordinatorNotAvailable;
  entry.transaction = std::move(next);
  if (begins) watch_timeout(entry);
  return code::kNone;
}

std::int16_t TransactionCoordinator::check_partition(std::string_view id, ProducerIdentity producer,
                                                     const Transaction::Partition& partition) {
  Entry* entry = nullptr;
  if (const auto error = find_open(id, producer, entry)) return error;
  const bool is_in = entry->transaction.partitions.contains(partition);
  return is_in ? code::kNone : code::kTransactionAbortable;
}

std::int16_t TransactionCoordinator::check_group(std::string_view id, ProducerIdentity producer,
                                                 std::string_view group) {
  Entry* entry = nullptr;
  if (const auto error = find_open(id, producer, entry)) return error;
  const bool is_in = entry->transaction.groups.contains(std::string(group));
  return is_in ? code::kNone : code::kTransactionAbortable;
}

TransactionCoordinator::Answer TransactionCoordinator::end(std::string_view id,
                                                           ProducerIdentity producer,
                                                           ControlType how, bool raises_epoch) {
  if (id.empty()) return {code::kInvalidRequest, {}};
  Entry* entry = find_entry(id);
  if (entry == nullptr || !is_given(producer)) return {code::kInvalidProducerIdMapping, {}};
  const Transaction& transaction = entry->transaction;
  const bool is_retry = raises_epoch && was_answered_by_raising(transaction, producer);
  if (!is_retry && transaction.producer.id != producer.id) {
    return {code::kInvalidProducerIdMapping, {}};
  }
  if (!is_retry && transaction.producer.epoch != producer.epoch) return {code::kProducerFenced, {}};
  if (is_retry && transaction.state == TransactionState::kOngoing) {
    return {code::kProducerFenced, {}};  // it is the next one that is open
  }
  return end_once(*entry, how, raises_epoch, is_retry);
}

TransactionCoordinator::Answer TransactionCoordinator::end_once(Entry& entry, ControlType how,
                                                                bool raises_epoch, bool is_retry) {
  const Transaction& transaction = entry.transaction;
  if (transaction.state == TransactionState::kOngoing) return decide(entry, how, raises_epoch);
  if (transaction.is_prepared()) {
    if (ending(transaction) != how) return {code::kInvalidTxnState, {}};
    if (!complete(entry)) return {code::kConcurrentTransactions, {}};
    return {code::kNone, transaction.producer};
  }
  // Nothing is open. In version 2 an abort raises the epoch all the same: what the producer may
  // have sent before is fenced by it.
  if (raises_epoch && !is_retry) {
    if (how == ControlType::kCommit) return {code::kInvalidTxnState, {}};
    return decide(entry, how, raises_epoch);
  }
  const bool was_so = transaction.state != TransactionState::kEmpty && ending(transaction) == how;
  if (!was_so) return {code::kInvalidTxnState, {}};
  return {code::kNone, transaction.producer};
}

TransactionCoordinator::Answer TransactionCoordinator::decide(Entry& entry, ControlType how,
                                                              bool raises_epoch) {
  Transaction decided = entry.transaction;
  if (decided.state != TransactionState::kOngoing) decided.started = loop_.clock().wall();
  decided.state = prepared(how);
  decided.raised_epoch = raises_epoch;
  if (raises_epoch) {
    if (is_used_up(decided.producer.epoch)) {
      const auto new_id = parties_.next_producer_id();
      if (!new_id.ok()) return {code::kCoordinatorLoadInProgress, {}};
      decided.next_id = *new_id;
    }
    decided.previous_epoch = decided.producer.epoch;
    decided.producer.epoch = next(decided.producer.epoch);
  }
  if (!parties_.save(decided).ok()) return {code::kCoordinatorNotAvailable, {}};
  entry.transaction = std::move(decided);
  const ProducerIdentity from_now_on = after_end(entry.transaction);
  complete(entry, false);
  return {code::kNone, from_now_on};
}

// The epoch is raised, and nobody is told the new one. In version 2 that is like an end by the
// producer itself, whose answer it may ask for again, as long as nobody else has got the id.
std::int16_t TransactionCoordinator::fence(Entry& entry) {
  Transaction fenced = entry.transaction;
  fenced.state = TransactionState::kPrepareAbort;
  fenced.raised_epoch = parties_.transaction_version() >= kRaisesEpochSinceVersion;
  fenced.previous_epoch = fenced.raised_epoch ? fenced.producer.epoch : std::int16_t{-1};
  fenced.producer.epoch = next(fenced.producer.epoch);
  if (!parties_.save(fenced).ok()) return code::kCoordinatorNotAvailable;
  entry.transaction = std::move(fenced);
  complete(entry, false);
  return code::kNone;
}

bool TransactionCoordinator::complete(Entry& entry, bool again) {
  Transaction& transaction = entry.transaction;
  const ControlType how = ending(transaction);
  std::erase_if(transaction.partitions, [&](const Transaction::Partition& partition) {
    return parties_.end_in_partition(partition, transaction.producer, how, again);
  });
  std::erase_if(transaction.groups, [&](const std::string& group) {
    return parties_.end_in_group(group, transaction.producer.id, how);
  });
  Transaction completed = transaction;
  completed.state = how == ControlType::kCommit ? TransactionState::kCompleteCommit
                                                : TransactionState::kCompleteAbort;
  if (transaction.raised_epoch) completed.previous_id = transaction.producer.id;
  completed.producer = after_end(transaction);
  completed.next_id = -1;
  const bool all_know = transaction.partitions.empty() && transaction.groups.empty();
  if (all_know && parties_.save(completed).ok()) {
    transaction = std::move(completed);
    entry.timer = {};
    return true;
  }
  entry.timer = loop_.call_after(kRetellAfter, [this, &entry] { complete(entry); });
  return false;
}

void TransactionCoordinator::watch_timeout(Entry& entry) {
  const Duration timeout = std::chrono::milliseconds(entry.transaction.timeout_ms);
  entry.timer = loop_.call_after(timeout, [this, &entry] {
    if (fence(entry) != code::kNone) watch_timeout(entry);
  });
}

void TransactionCoordinator::restore(Transaction transaction) {
  const std::string id = transaction.id;
  entries_[id].transaction = std::move(transaction);
}

void TransactionCoordinator::resume() {
  for (auto& [id, entry] : entries_) {
    if (entry.transaction.is_prepared()) complete(entry);
    if (entry.transaction.state == TransactionState::kOngoing) watch_timeout(entry);
  }
}

const Transaction* TransactionCoordinator::find(std::string_view id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.transaction;
}

TransactionCoordinator::Entry* TransactionCoordinator::find_entry(std::string_view id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  found->second.last_use = ++uses_;
  return &found->second;
}

TransactionCoordinator::Entry* TransactionCoordinator::make_room_and_create(std::string_view id) {
  if (entries_.size() >= kMaxTransactions && !make_room()) return nullptr;
  Entry& entry = entries_[std::string(id)];
  entry.transaction.id = id;
  entry.last_use = ++uses_;
  return &entry;
}

bool TransactionCoordinator::make_room() {
  const auto is_open = [](const Transaction& transaction) {
    return transaction.state == TransactionState::kOngoing || transaction.is_prepared();
  };
  auto quietest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (is_open(at->second.transaction)) continue;
    if (quietest == entries_.end() || at->second.last_use < quietest->second.last_use)
      quietest = at;
  }
  if (quietest == entries_.end()) return false;
  if (!parties_.forget(quietest->second.transaction).ok()) return false;
  entries_.erase(quietest);
  return true;
}

}  // namespace weir::broker
