#pragma once

#include <string>
#include <vector>

#include "reference.h"
#include "weir/result.h"

namespace weir::topologies {

/// Runs a topology on weir, with its restarts: each process goes on in `directory`, which is
/// emptied first. Returns what each leaf held in each batch that it ran in, sorted.
Result<std::vector<Batches>> run_on_weir(const Topology& topology, const std::string& directory);

}  // namespace weir::topologies
