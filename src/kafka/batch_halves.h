#pragma once

#include <array>

#include "base/buffer.h"
#include "weir/result.h"

namespace weir::kafka {

/// Returns the records of a sealed batch, of two or more, as two sealed batches: in order, as many
/// in each (the second may have one more), compressed as the batch was. Buffers come from `pool`.
/// Fails on a batch that is malformed.
Result<std::array<Buffer, 2>> halves_of(const Buffer& batch, BufferPool& pool);

}  // namespace weir::kafka
