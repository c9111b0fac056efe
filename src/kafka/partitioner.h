#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "weir/types.h"
#include "wire/murmur2.h"

namespace weir::kafka {

/// Chooses the partition of each record of one topic, as Kafka's Java client does: by murmur2 of
/// the key; records without a key fill one partition until turn(). A value, for one thread.
class Partitioner {
 public:
  /// `first` is where records without a key begin: let it differ between workers.
  explicit Partitioner(std::int32_t partitions, std::int32_t first = 0)
      : partitions_(partitions), without_key_(first % partitions) {}

  PartitionId partition(std::optional<std::string_view> key) const {
    return {key ? wire::key_partition(*key, partitions_) : without_key_};
  }
  /// Records without a key go to the next partition from now on; called when a batch is full.
  void turn() { without_key_ = (without_key_ + 1) % partitions_; }

 private:
  std::int32_t partitions_;
  std::int32_t without_key_;
};

}  // namespace weir::kafka
