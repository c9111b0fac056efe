#pragma once

#include <deque>
#include <optional>

#include "exec/batch_times.h"
#include "weir/types.h"

namespace weir::stream {

/// Says of each batch how it stands to those before it, whatever becomes of them: one that is made
/// again in parts ends its windows with the last of them, and what was given up does not count. A
/// pure machine.
class BatchHistory {
 public:
  /// Windows that ended by then are over.
  void start(BatchTime now) { last_.before = committed_.before = now; }
  /// Returns what a batch is given that begins now. `is_part`: more of the same input follows.
  exec::BatchTimes take(BatchTime name, bool is_part);
  /// The youngest batch has left no trace, and is made again, in parts.
  void withdraw(const exec::BatchTimes& times);
  void on_committed(const exec::BatchTimes& times);
  /// All is given up that is not committed: what follows batch `committed`, which may be known to
  /// be only now. 0: what follows the last one known before.
  void rewind(BatchTime committed = {});
  /// Goes on after a batch of a process before this one.
  void restore(BatchTime name, BatchTime ended_until) { last_ = committed_ = {name, ended_until}; }
  /// Up to when windows have ended, as the batch after this one has it.
  static BatchTime ended_until(const exec::BatchTimes& times) {
    return times.completes ? times.at : times.before;
  }
  /// The batch that is the next to be built on, and up to when windows have ended with it.
  BatchTime last() const { return last_.name; }
  BatchTime last_ended_until() const { return last_.before; }

 private:
  struct Point {
    BatchTime name;
    BatchTime before;  // as the next batch has it
  };
  Point last_;
  Point committed_;
  std::deque<Point> under_way_;  // what follows committed_, in order
  std::optional<BatchTime> part_of_;
};

}  // namespace weir::stream
