#pragma once

#include <string_view>

#include "kafka/log_position.h"
#include "weir/result.h"

namespace weir::kafka {

/// The whole batches at the start of fetched bytes, and the position behind them.
struct BatchExtent {
  std::string_view batches;
  LogPosition until;
};

/// Walks over the headers of what was fetched at `position`; a last batch that is cut off is left
/// out. Fails on what cannot be batches, or not the ones that were asked for.
Result<BatchExtent> measure_batches(std::string_view fetched, LogPosition position);

/// Fails on a batch whose bytes do not match its checksum; says at which offset it lies.
Result<void> verify_batches(std::string_view batches);

}  // namespace weir::kafka
