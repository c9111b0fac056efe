#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "exec/batch_times.h"
#include "exec/task.h"
#include "plan/graph.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::exec {

/// What a batch fails with where windows, or what is computed of them, take too much memory.
Error windows_too_large();

/// What the windows of a pipeline hold: the blocks that each batch brought them. A batch that is
/// given up takes its blocks with it. Owned by the driver, on its loop; outlives the batches.
class Windows {
 public:
  explicit Windows(const plan::Graph& graph);

  /// Adds what a batch brought to a window; batches come in order.
  void add(const plan::Node& window, const BatchTimes& times, std::vector<Delivery> brought);
  /// Returns what a window that ends with a batch holds, batch after batch.
  std::vector<Delivery> held(const plan::Node& window, const BatchTimes& times) const;
  /// Of that, what was not in it before; and what was in it before and is no more.
  std::vector<Delivery> entering(const plan::Node& window, const BatchTimes& times) const;
  std::vector<Delivery> leaving(const plan::Node& window, const BatchTimes& times) const;

  /// What one batch brought to a window.
  struct Brought {
    BatchTime name;
    BatchTime at;
    std::vector<Delivery> deliveries;
    std::size_t bytes = 0;
  };
  /// Returns all that a window holds, oldest first.
  const std::deque<Brought>& all(const plan::Node& window) const {
    return held_.at(window.index).batches;
  }
  /// Has a window begin with what it held before the start.
  void restore(const plan::Node& window, std::deque<Brought> batches);

  /// Takes what batches later than `name` brought out again.
  void give_up_after(BatchTime name);
  /// Forgets what no window needs that ends after a batch, which is committed.
  void on_committed(const BatchTimes& times);

  /// The memory of all that is held.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Held {
    const plan::Node* window = nullptr;
    std::deque<Brought> batches;
  };
  /// What was read later than `from`, and not later than `until`.
  std::vector<Delivery> between(const plan::Node& window, BatchTime from, BatchTime until) const;
  void forget_first(Held& held);

  std::map<std::size_t, Held> held_;  // by the index of the exchange
  std::size_t bytes_ = 0;
};

}  // namespace weir::exec
