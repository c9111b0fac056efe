#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kafka/topic_partition.h"
#include "kafka/transaction_calls.h"
#include "kafka/transaction_identity.h"
#include "plan/io.h"
#include "wire/messages/describe_transactions.h"

namespace weir::kafka {

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
  using OnTrouble = TransactionCalls::OnTrouble;

  TransactionalId(ClientContext& context, Metadata& metadata, TransactionalIdOptions options,
                  OnTrouble on_trouble);

  /// Takes the id: whoever had it is fenced, a transaction that is open is aborted, one whose end
  /// is decided is completed. Calls under way are dropped, without a word. `opened` comes once,
  /// never from here.
  void open(plan::Done opened);
  /// Asks the coordinator whether another process has taken the id since it was opened, or only the
  /// coordinator itself, for which a transaction was open too long. Calls under way are dropped,
  /// and open() must follow. `told` comes once, never from here; with an error where the
  /// coordinator does not say.
  void ask_whether_taken(std::function<void(Result<bool>)> told);
  /// Opens a transaction, once the last one has ended, for which it may need a new epoch. `begun`
  /// comes once, maybe from here.
  void begin(std::function<void(Result<TransactionIdentity>)> begun);
  /// Adds partitions that were not in the transaction before; they may be written to when `added`
  /// has come, which is never from here. Only in the older protocol.
  void add_partitions(const std::vector<TopicPartition>& partitions, plan::Done added);
  /// Adds a group, whose offsets may be committed in the transaction when `added` has come, which
  /// is never from here. Only in the older protocol; once for each group.
  void add_group(const std::string& group, plan::Done added);
  /// Ends the transaction. Success says that it is committed (or aborted) for good; a reader of the
  /// partitions may learn it a little later. Everything that belongs to it has been answered. In
  /// the newer protocol, one that nothing was written in can only be aborted. `ended` comes once,
  /// never from here.
  void end(bool commit, plan::Done ended);

  /// Nothing has been put into the open transaction: it is as if it had not begun.
  void withdraw() {
    if (state_ == State::kInTransaction) state_ = State::kReady;
  }

  /// True where a fence may be of this one's own making: an attempt to take over, or to get a new
  /// epoch, brought no answer, and may have taken effect later. Once for each such attempt.
  bool take_own_straggler() {
    if (stragglers_ == 0) return false;
    --stragglers_;
    return true;
  }

  /// `quiet` comes when no call is under way that takes the id, maybe from here: for who stops, so
  /// that such a call does not fence the process that follows.
  void when_quiet(std::function<void()> quiet);

  /// A call that belonged to the transaction, of a producer or a group, brought no answer.
  void note_lost_call();

 private:
  enum class State : std::uint8_t { kNotOpen, kReady, kInTransaction };

  /// What the coordinator's broker can do.
  struct Abilities {
    bool newer_protocol = false;
    bool renews_epochs = false;
  };

  void drop_calls();
  void look(std::function<void(Result<Abilities>)> looked);
  void look_in_background();
  void take_over(plan::Done opened);
  bool is_taken(const wire::DescribeTransactionsResponse::TransactionState& now) const;
  void renew(std::function<void(Result<TransactionIdentity>)> begun);
  void on_epoch(const std::function<void()>& take);
  void settle(std::int64_t id, std::int16_t epoch);
  void begin_adding();
  void on_ended(std::int64_t id, std::int16_t epoch);
  Error in_doubt(const Error& error) const;
  Error no_transaction() const;
  void tell_lost(plan::Done done);
  template <class Request>
  TransactionCalls::Asking<Request> asking(std::string what);
  template <class Answer>
  bool failed(const Result<Answer>& answer);

  ClientContext& context_;
  const TransactionalIdOptions options_;
  State state_ = State::kNotOpen;
  TransactionIdentity identity_;
  bool is_begun_ = false;  // the coordinator has been asked to add something
  bool end_may_have_happened_ = false;
  bool asks_for_epoch_ = false;   // and has no answer yet
  std::function<void()> quiet_;   // waits for it
  int stragglers_ = 0;            // such attempts that may still take effect
  bool needs_new_epoch_ = false;  // a request of this epoch may still take effect
  Abilities abilities_;           // as of the last look
  TimePoint looked_at_;
  bool looking_ = false;
  TransactionCalls calls_;
};

}  // namespace weir::kafka
