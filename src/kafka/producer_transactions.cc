// The part of Producer that writes in transactions.

#include <algorithm>
#include <utility>

#include "kafka/producer.h"
#include "kafka/transaction_errors.h"

namespace weir::kafka {

void Producer::await_begin() {
  identity_state_ = IdentityState::kMissing;
  told_.clear();
  added_.clear();
  is_adding_ = false;
  is_complete_ = false;
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

void Producer::complete() {
  is_complete_ = true;
  alarm_.set_now();
}

bool Producer::gathers() const {
  return in_transactions() && !is_complete_ && pending_bytes_ < options_.gather_bytes;
}

bool Producer::adds_to_transaction(const Sent& batches) const {
  return in_transactions() && std::any_of(batches.begin(), batches.end(), [this](const auto& one) {
           return !added_.contains(one.first->partition());
         });
}

void Producer::added(const std::vector<TopicPartition>& partitions) {
  added_.insert(partitions.begin(), partitions.end());
  alarm_.set_now();
}

/// False where the partition is not in the transaction yet; its listener knows then. In the newer
/// protocol brokers refuse, or delay by 20 ms, what would add to a transaction that is being added
/// to, so one request at a time does.
bool Producer::may_write(const TopicPartition& partition) {
  if (!in_transactions() || added_.contains(partition)) return true;
  if (told_.insert(partition).second) listener_.on_new_partition(partition);
  return adds_itself_ && !is_adding_;
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
