#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/coordinator.h"
#include "kafka/group_member.h"
#include "kafka/offset_store.h"
#include "kafka/ownership.h"
#include "kafka/transaction_offsets.h"

namespace weir::kafka {

/// One input of a source that reads as a group: its member, its way to the coordinator, its
/// offsets, its hold on its partitions. Owned by the KafkaSource, on the driver's thread.
class GroupInput final : private GroupMember::Owner, private Ownership::Owner {
 public:
  /// Is told what becomes of the input; `input` is the index it was made with.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The input shall read these partitions. Find out where to begin, then read those of which
    /// begun(turn) is true.
    virtual void on_assigned(std::size_t input, std::uint64_t turn,
                             const std::vector<TopicPartition>& partitions) = 0;
    /// Put no more of these into batches, and drop each once nothing of it is under way; call
    /// gone() once nothing is left to drop.
    virtual void on_revoked(std::size_t input, const std::vector<TopicPartition>& partitions) = 0;
    /// The same with all that the input reads, and commit nothing more of it.
    virtual void on_lost(std::size_t input) = 0;
    /// Something is wrong with a part of the input ("member", "offsets") and tried again; with an
    /// empty text, that it is over.
    virtual void on_input_trouble(std::size_t input, std::string_view part,
                                  const std::string& what) = 0;
    virtual void on_input_failure(const Error& error) = 0;
  };

  struct Setup {
    std::size_t index = 0;
    const ClientContext* context = nullptr;  ///< copied, for a jitter of its own
    Metadata* metadata = nullptr;
    std::string group;
    MemberOptions member;
  };
  GroupInput(Setup setup, Owner& owner);

  void start() { member_.start(); }
  void subscribe(const std::vector<std::string>& topics) { member_.subscribe(topics); }
  void stop(std::function<void()> done) { member_.stop(std::move(done)); }

  /// True for who it is, or has been, in the group.
  bool is(std::string_view member_id, std::optional<std::string_view> instance_id) const {
    return member_.is(member_id, instance_id);
  }
  OffsetStore& offsets() { return offsets_; }
  bool begun(std::uint64_t turn, const TopicPartition& partition) const {
    return ownership_.begun(turn, partition);
  }
  void gone() { ownership_.gone(); }
  /// Commits as the member; if it joins a new generation and keeps its partitions meanwhile, as
  /// that.
  void commit(const LogPositions& positions, const std::string& metadata,
              std::function<void(Result<void>)> done);
  /// Commits as part of a transaction.
  TransactionOffsets& transaction_offsets() { return transaction_offsets_; }
  /// How often it has lost its partitions: what it had before is no longer its own.
  std::uint64_t losses() const { return losses_; }
  /// Begins all partitions that the input holds anew.
  void begin_again() { ownership_.begin_again(); }

 private:
  void on_assigned(const GroupGeneration& generation,
                   const std::vector<TopicPartition>& added) override;
  void on_revoke(const std::vector<TopicPartition>& partitions,
                 std::function<void()> done) override {
    ownership_.revoke(partitions, std::move(done));
  }
  void on_lost() override;
  void on_trouble(const std::string& what) override {
    owner_.on_input_trouble(index_, "member", what);
  }
  void on_failure(const Error& error) override { owner_.on_input_failure(error); }

  void begin(std::uint64_t turn, const std::vector<TopicPartition>& partitions) override {
    owner_.on_assigned(index_, turn, partitions);
  }
  void let_go(const std::vector<TopicPartition>& partitions) override {
    owner_.on_revoked(index_, partitions);
  }
  void lose() override { owner_.on_lost(index_); }
  void tell_offset_trouble(const std::string& what) {
    owner_.on_input_trouble(index_, "offsets", what);
  }

  const std::size_t index_;
  Owner& owner_;
  ClientContext context_;
  std::optional<GroupGeneration> generation_;  // as which it commits; none while it owns nothing
  Ownership ownership_;
  Coordinator coordinator_;
  OffsetStore offsets_;
  TransactionOffsets transaction_offsets_;
  std::uint64_t losses_ = 0;
  GroupMember member_;
};

}  // namespace weir::kafka
