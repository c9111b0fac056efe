#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "kafka/topic_partition.h"

namespace weir::kafka {

/// One input's hold on its partitions, from the group's assignment until they are given up. What
/// goes is put into no more batches and dropped once nothing of it is under way; what stays is read
/// on meanwhile. A state machine; owned by a GroupInput, on the driver's thread.
class Ownership {
 public:
  /// What has come about. May destroy the Ownership in no call.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Find out where to begin these partitions, then read those of which begun(turn) is true.
    virtual void begin(std::uint64_t turn, const std::vector<TopicPartition>& partitions) = 0;
    /// Put no more of these partitions into batches, and drop each once nothing of it is under way.
    /// Those that are not read are dropped already. Call gone() once nothing is left to drop.
    virtual void let_go(const std::vector<TopicPartition>& partitions) = 0;
    /// The same with all that the input reads, and commit nothing more of it: it may be another's.
    virtual void lose() = 0;
  };

  explicit Ownership(Owner& owner) : owner_(owner) {}

  /// The group has given these partitions to the input, beside those it has.
  void assign(const std::vector<TopicPartition>& partitions);
  /// The group wants these back: `done` is called when they are given up.
  void revoke(const std::vector<TopicPartition>& partitions, std::function<void()> done);
  /// What is held is to be begun anew: nothing of it is under way.
  void begin_again();
  /// Another input may have all of them already.
  void lose();

  /// Says, once the position for one of a turn's partitions is known, whether to read it: false
  /// where the group has changed its mind since.
  bool begun(std::uint64_t turn, const TopicPartition& partition) const;
  /// All that was let go of has been dropped.
  void gone();

 private:
  Owner& owner_;
  std::uint64_t turn_ = 0;                        // of assignments
  std::map<TopicPartition, std::uint64_t> held_;  // since which turn
  std::function<void()> revoked_;                 // to be called once all is dropped
};

}  // namespace weir::kafka
