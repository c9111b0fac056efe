#pragma once

#include <string_view>

#include "weir/result.h"
#include "weir/types.h"

namespace weir::kafka {

/// The whole batches at the start of fetched bytes, and the offset behind them.
struct BatchExtent {
  std::string_view batches;
  Offset until;
};

/// Walks over the headers of what was fetched at `position`; a last batch that is cut off is left
/// out. Fails on what cannot be batches, or not the ones that were asked for.
Result<BatchExtent> measure_batches(std::string_view fetched, Offset position);

/// Fails on a batch whose bytes do not match its checksum; says at which offset it lies.
Result<void> verify_batches(std::string_view batches);

}  // namespace weir::kafka
