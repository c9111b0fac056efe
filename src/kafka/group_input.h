#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kafka/coordinator.h"
#include "kafka/group_member.h"
#include "kafka/offset_store.h"

namespace weir::kafka {

/// One input of a source that reads as a group: its member, its way to the coordinator, its
/// offsets. Owned by the KafkaSource, on the driver's thread.
class GroupInput final : private GroupMember::Owner {
 public:
  /// Is told what becomes of the input; `input` is the index it was made with.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_assigned(std::size_t input, const std::vector<TopicPartition>& partitions) = 0;
    /// Partitions must be given up: finish, commit, then call `done`.
    virtual void on_revoke(std::size_t input, std::function<void()> done) = 0;
    virtual void on_lost(std::size_t input) = 0;
    virtual void on_input_trouble(std::size_t input, const std::string& what) = 0;
    virtual void on_input_failure(const Error& error) = 0;
  };

  GroupInput(std::size_t index, ClientContext& context, Metadata& metadata,
             const std::string& group, MemberOptions options, Owner& owner);

  void start() { member_.start(); }
  void stop(std::function<void()> done) { member_.stop(std::move(done)); }
  OffsetStore& offsets() { return offsets_; }
  /// Commits as the member, in its present generation.
  void commit(const OffsetStore::Positions& positions, const std::string& metadata,
              std::function<void(Result<void>)> done) {
    offsets_.commit(generation_, positions, metadata, std::move(done));
  }

 private:
  void on_assigned(const GroupGeneration& generation,
                   const std::vector<TopicPartition>& partitions) override {
    generation_ = generation;
    owner_.on_assigned(index_, partitions);
  }
  void on_revoke(std::function<void()> done) override { owner_.on_revoke(index_, std::move(done)); }
  void on_lost() override { owner_.on_lost(index_); }
  void on_trouble(const std::string& what) override { owner_.on_input_trouble(index_, what); }
  void on_failure(const Error& error) override { owner_.on_input_failure(error); }

  const std::size_t index_;
  Owner& owner_;
  GroupGeneration generation_;  // in which the partitions were assigned
  Coordinator coordinator_;
  OffsetStore offsets_;
  GroupMember member_;
};

}  // namespace weir::kafka
