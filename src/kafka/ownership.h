#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kafka/topic_partition.h"
#include "plan/io.h"

namespace weir::kafka {

/// One input's hold on its partitions, from the group's assignment until they are given up. Before
/// partitions go, the engine is paused until nothing is under way, and no longer: the other inputs
/// read on while this one joins again. Whatever the group says meanwhile is done in the end, and
/// what it has taken back is not. A state machine; owned by the KafkaSource, on the driver's
/// thread.
class Ownership {
 public:
  /// What has come about. May destroy the Ownership in no call.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Find out where to begin these partitions, then call begun(turn) and, where that is true,
    /// read them.
    virtual void begin(std::uint64_t turn, const std::vector<TopicPartition>& partitions) = 0;
    /// Nothing is under way: let go of all partitions.
    virtual void drop() = 0;
  };

  Ownership(plan::SourceHost& host, Owner& owner) : host_(host), owner_(owner) {}

  /// The group has given these partitions to the input.
  void assign(const std::vector<TopicPartition>& partitions);
  /// The group wants them back: `done` is called when they are given up.
  void revoke(std::function<void()> done);
  /// Another input may have them already.
  void lose();

  /// Says that the positions for a turn's partitions are known. False where the group has changed
  /// its mind since: they must not be read.
  bool begun(std::uint64_t turn);
  /// False from the loss of partitions until they are dropped: their positions are others' now.
  bool may_commit() const { return state_ != State::kLost; }

 private:
  enum class State : std::uint8_t {
    kNone,
    kBeginning,  ///< positions are being looked up
    kReading,
    kGivingUp,  ///< waits until nothing is under way
    kLost,      ///< the same, without a right to the partitions
  };

  void give_up(State state);
  void on_quiet();

  plan::SourceHost& host_;
  Owner& owner_;
  State state_ = State::kNone;
  std::uint64_t turn_ = 0;      // of assignments and their ends: what belongs to another is void
  std::function<void()> next_;  // what is to be done once partitions are given up
  // Expires with this object: the engine may be quiet only after it.
  std::shared_ptr<Ownership*> self_ = std::make_shared<Ownership*>(this);
};

}  // namespace weir::kafka
