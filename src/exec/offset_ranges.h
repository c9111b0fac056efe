#pragma once

#include <vector>

#include "weir/types.h"

namespace weir::exec {

/// Adds a range, to the last one where it continues that.
inline void append(std::vector<OffsetRange>& ranges, const OffsetRange& range) {
  const bool continues = !ranges.empty() && ranges.back().topic == range.topic &&
                         ranges.back().partition == range.partition &&
                         ranges.back().until == range.from;
  if (continues) {
    ranges.back().until = range.until;
  } else {
    ranges.push_back(range);
  }
}

}  // namespace weir::exec
