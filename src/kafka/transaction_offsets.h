#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kafka/coordinator.h"
#include "kafka/group_generation.h"
#include "kafka/offset_store.h"
#include "kafka/transaction_identity.h"
#include "wire/messages/txn_offset_commit.h"

namespace weir::kafka {

/// Makes a group's positions part of a transaction: they are committed with it, or not at all. One
/// call at a time. Tries again what may succeed. Owned by an input of a source, beside its
/// Coordinator, with which it ends; on the loop's thread.
class TransactionOffsets {
 public:
  /// Who commits now; none where it owns nothing any more.
  using Generation = std::function<std::optional<GroupGeneration>()>;

  TransactionOffsets(ClientContext& context, Coordinator& coordinator, Generation generation,
                     OffsetStore::OnTrouble on_trouble, OffsetStore::OnRefused on_refused);

  /// `done` is called once, never from here. An error of ErrorCode::kAborted dooms the transaction;
  /// any other is final. `on_lost_call` is told when a call brings no answer.
  void commit(const TransactionIdentity& in, const LogPositions& positions,
              const std::string& metadata, std::function<void()> on_lost_call,
              std::function<void(Result<void>)> done);
  /// The member has lost its partitions, perhaps to get them again: a commit under way fails, which
  /// a later generation of the same member must not carry on.
  void lose();
  /// Gives up the call that is under way, without a word.
  void abandon();

 private:
  struct Commit {
    TransactionIdentity in;
    LogPositions positions;
    std::string metadata;
    std::function<void()> on_lost_call;
    std::function<void(Result<void>)> done;
  };

  Error lost() const;
  void send();
  wire::TxnOffsetCommitRequest request(const GroupGeneration& as) const;
  void on_answer(const Result<Answer<wire::TxnOffsetCommitResponse>>& answer);
  void on_refused(const Error& error);
  void send_after_pause();
  void end(const Result<void>& outcome);
  void tell_trouble(const std::string& what);

  ClientContext& context_;
  Coordinator& coordinator_;
  const Generation generation_;
  const OffsetStore::OnTrouble on_trouble_;
  const OffsetStore::OnRefused on_refused_;
  std::string trouble_;

  std::optional<Commit> commit_;
  GroupGeneration sent_as_;
  std::uint64_t round_ = 0;  // counts calls of commit() and abandon(): answers to others are void
  net::Timer timer_;
};

}  // namespace weir::kafka
