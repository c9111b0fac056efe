#pragma once

#include <optional>
#include <string>

#include "topology.h"

namespace weir::topologies {

enum class Verdict : std::uint8_t { kEqual, kDifferent, kTooLarge };

/// What came of one topology: where it is different, in words.
struct Comparison {
  Verdict verdict = Verdict::kEqual;
  std::string difference;
};

/// Runs a topology on weir, with its state in `directory`, and computes it by the reference.
Comparison compare(const Topology& topology, const std::string& directory);

/// Returns the smallest topology found that is still different, by leaving things out.
Topology shrink(Topology topology, const std::string& directory);

}  // namespace weir::topologies
