#pragma once

#include <vector>

#include "exec/batch_run.h"
#include "plan/graph.h"
#include "stream/planner.h"

namespace weir::stream {

/// The input of batches that overran their memory, in order, until it has been taken again. A
/// value; the driver's thread only.
class ReturnedInput {
 public:
  explicit ReturnedInput(const std::vector<plan::Stage>& stages);

  /// Puts a batch's input in front of what is here.
  void add(const exec::BatchRun::Input& input);
  /// Takes out what is in a batch now: of each partition, from the front.
  void remove(const exec::BatchRun::Input& input);
  void clear();

  bool empty() const;
  /// All of it, by stage, to be planned.
  const std::vector<Offer>& offers() const { return offers_; }

 private:
  std::vector<Offer> offers_;
};

}  // namespace weir::stream
