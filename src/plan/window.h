#pragma once

#include <string_view>

#include "plan/graph.h"
#include "weir/result.h"

namespace weir::plan {

/// Returns what is wrong with a window, where batches are `batch_interval` apart (0: as data
/// comes).
Result<void> check(const AskedWindow& asked, Duration batch_interval);

/// What an operation says that is given streams which run in different batches.
Error other_slides(std::string_view operation);

/// The longest time after which a batch must come for no slide of the graph to be missed; 0 where
/// there is none.
Duration common_slide(const Graph& graph);

/// How long after a batch its records may still be in a window; 0 where there is none.
Duration longest_reach(const Graph& graph);

}  // namespace weir::plan
