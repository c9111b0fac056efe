#pragma once

#include "weir/task_context.h"
#include "weir/types.h"

namespace weir::exec {

/// How a batch stands to those before it: for state, which a batch builds on, and for windows,
/// which end at the multiples of their slide.
struct BatchTimes {
  BatchTime name{};
  BatchTime follows{};    ///< the name of the batch that it builds on
  BatchTime committed{};  ///< that of the last one known to be committed
  BatchTime at{};         ///< when its records count as read; batches made of one share it
  BatchTime before{};  ///< `at` of the last batch that completed one; windows have ended up to it
  bool completes = true;  ///< no further batch of `at` is to come

  StateTimes state() const { return {name, follows, committed}; }
  /// True where windows of this slide end with this batch. A slide of 0 ends with every batch.
  bool ends(Duration slide) const;
  /// The last end of such a window, and the one before that of which a batch was told.
  BatchTime end(Duration slide) const;
  BatchTime previous_end(Duration slide) const;
  /// When the batch's records count as read, for such a window.
  BatchTime read_at(Duration slide) const;
};

}  // namespace weir::exec
