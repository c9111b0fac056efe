#pragma once

#include <cstdint>
#include <vector>

#include "weir/types.h"

namespace weir::broker {

/// Where in a partition's log the records of each leader begin. By it a reader finds out whether
/// what it has read is still in the log, or was cut off when a leader took over that did not have
/// it. Owned by its Partition; one thread.
class EpochHistory {
 public:
  /// Where the records of an epoch end. The epoch may be an older one than was asked for.
  struct End {
    std::int32_t epoch = -1;
    Offset offset{-1};
    bool known() const { return epoch >= 0; }
  };

  /// A leader takes over: what is appended from `from` on is its own.
  void begin(std::int32_t epoch, Offset from);
  /// Forgets what lies at `end` or behind it: it was cut off.
  void cut(Offset end);
  /// Forgets epochs of which no record is left in a log that starts at `start`.
  void forget_before(Offset start);

  /// Returns where the records of `epoch`, or of the newest epoch before it that has some, end in a
  /// log that ends at `log_end`. Nothing is known of epochs that have not begun.
  End end_of(std::int32_t epoch, Offset log_end) const;
  /// The epoch of the record at `offset`; -1 where that is not known.
  std::int32_t epoch_at(Offset offset) const;

 private:
  struct Entry {
    std::int32_t epoch;
    Offset from;
  };
  std::vector<Entry> entries_;  // by epoch, and by offset
};

}  // namespace weir::broker
