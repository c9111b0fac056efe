// The part of Producer that writes in transactions.

#include <utility>

#include "kafka/producer.h"
#include "kafka/transaction_errors.h"

namespace weir::kafka {

void Producer::await_begin() {
  identity_state_ = IdentityState::kMissing;
  told_.clear();
  added_.clear();
}

void Producer::begin(const TransactionIdentity& identity) {
  adds_itself_ = identity.adds_itself;
  if (identity.producer != identity_) {
    identity_ = identity.producer;
    for (const auto& [name, queue] : queues_) queue->restart();
  }
  identity_state_ = IdentityState::kReady;
  alarm_.set_now();
}

void Producer::added(const std::vector<TopicPartition>& partitions) {
  added_.insert(partitions.begin(), partitions.end());
  alarm_.set_now();
}

/// False where the partition is not in the transaction yet; its listener knows then.
bool Producer::may_write(const TopicPartition& partition) {
  if (!in_transactions() || added_.contains(partition)) return true;
  if (told_.insert(partition).second) listener_.on_new_partition(partition);
  return adds_itself_;
}

void Producer::doom(ProduceQueue& queue, PendingBatch& batch, const Error& reason) {
  queue.drop(batch);
  identity_state_ = IdentityState::kSpent;
  fail(batch, as_doomed(reason));
}

void Producer::abandon() {
  ++round_;
  queues_.clear();
  leaders_.clear();
  finished_.clear();
  requests_in_flight_ = 0;
  pending_bytes_ = 0;
  identity_ = {};
  await_begin();
}

}  // namespace weir::kafka
