#pragma once

#include <optional>
#include <vector>

#include "topology.h"

namespace weir::topologies {

/// What a stream holds in each batch that it runs in, sorted.
using Batches = std::vector<Batch>;

/// Computes what each leaf of a topology holds, the obvious way: batch by batch, everything anew,
/// nothing of weir. Nothing where a stream grows beyond all measure, as joins may.
std::optional<std::vector<Batches>> expected_of(const Topology& topology);

}  // namespace weir::topologies
