#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "broker/epoch_history.h"
#include "broker/followers.h"
#include "broker/partition_log.h"
#include "broker/producer_sequences.h"
#include "broker/transaction.h"
#include "broker/transaction_index.h"
#include "net/loop.h"

namespace weir::broker {

/// Is told when a partition has more records, when more of them may be read, or when it is gone.
/// The call may come in the middle of a request: note it, and act later.
class PartitionWatcher {
 public:
  virtual ~PartitionWatcher() = default;
  virtual void on_change() = 0;
};

/// One partition as its leader keeps it. Shared by its Node and by the fetches parked on it, so
/// that these can still let go of it when its topic is deleted or another node leads it; one
/// thread.
class Partition {
 public:
  /// As for PartitionLog.
  explicit Partition(BufferPool& pool, std::unique_ptr<SegmentFiles> files = nullptr)
      : log(pool, std::move(files)), producers(kMaxProducers) {}

  /// Takes in what the log's files hold, as PartitionLog does, and what is known by it; comes
  /// first.
  Result<void> recover(Offset start, std::size_t enough) {
    WEIR_RETURN_IF_ERROR(log.recover(start, enough));
    note_batches();
    return {};
  }
  /// What is appended from now on is written by the leader of this epoch.
  void lead(std::int32_t epoch) {
    leader_epoch = epoch;
    led_from_ = log.end();
    epochs_.begin(epoch, log.end());
  }
  /// Drops what lies behind `end`, with what is known by it. What is replicated stays.
  void cut(Offset end) {
    if (end >= log.end()) return;
    log.cut(end);
    clean_end = std::min(clean_end, log.end());
    epochs_.cut(log.end());
    producers = ProducerSequences(kMaxProducers);
    transactions = TransactionIndex();
    note_batches();
  }
  /// Takes note of a batch that was appended at `base`.
  void note(const wire::RecordBatchView& batch, Offset base) {
    transactions.forget_before(log.start());
    producers.record(batch.header, base, wire::coordinator_epoch(batch));
    transactions.record(batch.header, base, wire::control_type(batch));
  }
  /// Where in the log each leader's records lie.
  const EpochHistory& epochs() {
    epochs_.forget_before(log.start());
    return epochs_;
  }

  /// The end of what may be read, and of what is acknowledged to who wants all replicas to have
  /// it: the end of the log where none follow.
  Offset high_watermark() const {
    return followers ? std::max(followers->high_watermark(), log.start()) : log.end();
  }
  /// The producer's last transaction has ended as this producer.
  bool has_end_of(ProducerIdentity producer) const {
    return !transactions.is_open(producer.id) && producers.end_marker_of(producer.id) &&
           producers.epoch_of(producer.id) == producer.epoch;
  }
  /// The last stable offset: the end of what may be read by who reads committed records only.
  Offset stable_end() const {
    return std::max(transactions.stable_end(high_watermark()), log.start());
  }
  /// The end of what no other leader lacks.
  Offset replicated() const { return followers ? followers->replicated() : log.end(); }
  /// The leader has taken over records of which it does not know yet whether they are replicated.
  bool is_behind_its_takeover() const { return high_watermark() < led_from_; }

  std::int32_t leader_epoch = -1;
  PartitionLog log;
  ProducerSequences producers;
  TransactionIndex transactions;
  std::optional<Followers> followers;  ///< the replicas on other nodes, in a simulation
  std::optional<net::Timer> round;     ///< of the followers, until it is over
  /// Up to where the log is compacted, as far as is known. A restart forgets it: what is compacted
  /// once more stays as it is.
  Offset clean_end;

  /// A watcher must end its watch before it is destroyed.
  void watch(PartitionWatcher& watcher) { watchers_.push_back(&watcher); }
  void unwatch(PartitionWatcher& watcher) { std::erase(watchers_, &watcher); }
  void tell_watchers() {
    for (PartitionWatcher* watcher : watchers_) watcher->on_change();
  }

 private:
  /// Learns from the log's batches; an epoch that is known already stays as it is.
  void note_batches() {
    log.for_each_batch([this](const wire::RecordBatchView& batch) {
      const Offset base{batch.header.base_offset};
      note(batch, base);
      epochs_.begin(batch.header.leader_epoch, base);
    });
  }

  static constexpr std::size_t kMaxProducers = 10'000;
  EpochHistory epochs_;
  Offset led_from_;
  std::vector<PartitionWatcher*> watchers_;
};

}  // namespace weir::broker
