#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kafka/coordinator.h"
#include "kafka/produce_queue.h"
#include "plan/io.h"

namespace weir::kafka {

/// Who writes in a transaction, and by which of Kafka's two protocols.
struct TransactionIdentity {
  std::string transactional_id;
  ProducerIdentity producer;
  /// The newer protocol (KIP-890, transaction.version 2): what is written to belongs to the
  /// transaction by itself, and each end raises the epoch. In the older one partitions and groups
  /// are added first.
  bool adds_itself = false;
};

struct TransactionalIdOptions {
  std::string id;
  /// The coordinator aborts a transaction that is open for longer.
  Duration timeout = std::chrono::seconds(60);
};

/// One transactional id at its coordinator: takes it over, and opens and ends its transactions, one
/// after the other. Tries again what may succeed, as long as it takes, and tells the trouble. What
/// cannot: an error of ErrorCode::kAborted says that this transaction can never be committed, or
/// that nobody knows whether it was; open() must follow. Its kafka_code() is the broker's
/// (kProducerFenced, kInvalidProducerEpoch where another has taken the id, or the coordinator has
/// given up waiting). Any other error is final.
///
/// In the older protocol all transactions of one epoch look alike to a broker, so a request of
/// which nobody knows what became could take effect in a later one. After such a request, the next
/// begin() takes a new epoch first.
///
/// Owned by a Transactions, on the driver's loop. Destroying it drops the calls.
class TransactionalId {
 public:
  using OnTrouble = std::function<void(const std::string& what)>;

  TransactionalId(ClientContext& context, Metadata& metadata, TransactionalIdOptions options,
                  OnTrouble on_trouble);

  /// Takes the id: whoever had it is fenced, a transaction that is open is aborted, one whose end
  /// is decided is completed. Calls under way are dropped, without a word. `opened` comes once,
  /// never from here.
  void open(plan::Done opened);
  /// Opens a transaction, once the last one has ended, for which it may need a new epoch. `begun`
  /// comes once, maybe from here.
  void begin(std::function<void(Result<TransactionIdentity>)> begun);
  /// Adds partitions that were not in the transaction before; they may be written to when `added`
  /// has come. Only in the older protocol.
  void add_partitions(const std::vector<TopicPartition>& partitions, plan::Done added);
  /// Adds a group, whose offsets may be committed in the transaction when `added` has come. Only in
  /// the older protocol; once for each group.
  void add_group(const std::string& group, plan::Done added);
  /// Ends the transaction. Success says that it is committed (or aborted) for good; a reader of the
  /// partitions may learn it a little later. Everything that belongs to it has been answered.
  void end(bool commit, plan::Done ended);

  /// A call that belonged to the transaction, of a producer or a group, brought no answer.
  void note_lost_call();

 private:
};

}  // namespace weir::kafka
