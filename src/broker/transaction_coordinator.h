#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "broker/transaction.h"
#include "net/loop.h"
#include "weir/result.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// What a TransactionCoordinator needs of the cluster around it.
class TransactionParties {
 public:
  virtual ~TransactionParties() = default;
  /// An id that no producer had before.
  virtual Result<std::int64_t> next_producer_id() = 0;
  /// The version of the protocol that clients are told to use.
  virtual std::int16_t transaction_version() const = 0;
  /// Keeps what a transaction is now, for the process after this one.
  virtual Result<void> save(const Transaction& transaction) = 0;
  /// Forgets a transactional id.
  virtual Result<void> forget(const Transaction& transaction) = 0;
  /// Writes into a partition how the producer's transaction ended; false where that has to wait.
  /// Then it is asked `again`, and writes only what is not there yet.
  virtual bool end_in_partition(const Transaction::Partition& partition, ProducerIdentity producer,
                                wire::ControlType how, bool again) = 0;
  /// Commits or drops the offsets that the producer's transaction gave a group.
  virtual bool end_in_group(const std::string& group, std::int64_t producer_id,
                            wire::ControlType how) = 0;
};

/// All transactional ids of a cluster: who may use each, and how its transaction stands. Speaks
/// both of Kafka's protocols: in version 2 (KIP-890) each end raises the producer's epoch.
///
/// An end is first decided, which is kept, and then told to all partitions and groups, at once
/// where they can be told: only where one of them cannot is the transaction seen between the two,
/// and its producer told to wait (CONCURRENT_TRANSACTIONS). A transaction that takes longer than
/// its producer allows is aborted, and the producer fenced. Errors are Kafka's codes. Owned by the
/// Cluster; one thread.
class TransactionCoordinator {
 public:
  /// A limit on what peers can make us keep: beyond it, ids that are not in a transaction make
  /// room.
  static constexpr std::size_t kMaxTransactions = 10'000;
  /// Another: how many groups one transaction may commit offsets for.
  static constexpr std::size_t kMaxGroups = 1000;
  /// Kafka's transaction.max.timeout.ms.
  static constexpr std::int32_t kLongestTimeoutMs = 15 * 60 * 1000;

  /// `loop` and `parties` outlive it.
  TransactionCoordinator(net::Loop& loop, TransactionParties& parties)
      : loop_(loop), parties_(parties) {}

  /// Who the producer is from now on, where there is no error.
  struct Answer {
    std::int16_t error = 0;
    ProducerIdentity producer;
  };

  /// Gives a transactional id to whoever asks, under an identity that fences all before; a
  /// transaction that is open is aborted first, and the producer told to ask again. Who says as
  /// whom it `expects` to be known is fenced itself where somebody else has asked since.
  Answer init(std::string_view id, std::int32_t timeout_ms, ProducerIdentity expected);

  // These begin the transaction where there is none.
  std::int16_t add_partitions(std::string_view id, ProducerIdentity producer,
                              std::span<const Transaction::Partition> partitions);
  std::int16_t add_group(std::string_view id, ProducerIdentity producer, std::string_view group);

  // Whether it has been added; TRANSACTION_ABORTABLE where it has not.
  std::int16_t check_partition(std::string_view id, ProducerIdentity producer,
                               const Transaction::Partition& partition);
  std::int16_t check_group(std::string_view id, ProducerIdentity producer, std::string_view group);

  /// Ends the transaction. `raises_epoch` tells version 2 of the protocol.
  Answer end(std::string_view id, ProducerIdentity producer, wire::ControlType how,
             bool raises_epoch);

  /// Takes in what was kept; an end that was decided is told to those that do not know it yet by
  /// resume().
  void restore(Transaction transaction);
  /// Comes behind all restore(), when partitions and groups can be told.
  void resume();

  /// Null where there is none.
  const Transaction* find(std::string_view id) const;
  /// Calls `visit` for each, by id.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, entry] : entries_) visit(entry.transaction);
  }

 private:
  struct Entry {
    Transaction transaction;
    net::Timer timer;  // when it takes too long, or to tell the end again
    std::uint64_t last_use = 0;
  };

  Entry* find_entry(std::string_view id);
  Entry* make_room_and_create(std::string_view id);
  bool make_room();
  std::int16_t find_open(std::string_view id, ProducerIdentity producer, Entry*& entry);
  std::int16_t begin_or_go_on(Entry& entry, Transaction next);
  Answer renew(Entry& entry, std::int32_t timeout_ms, ProducerIdentity expected);
  Answer end_once(Entry& entry, wire::ControlType how, bool raises_epoch, bool is_retry);
  Answer decide(Entry& entry, wire::ControlType how, bool raises_epoch);
  std::int16_t fence(Entry& entry);
  bool complete(Entry& entry, bool again = true);
  void watch_timeout(Entry& entry);

  net::Loop& loop_;
  TransactionParties& parties_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace weir::broker
