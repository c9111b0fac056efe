#include "weir/summaries/top_k.h"

#include <string>

namespace weir::detail {

void TopKCore::check(const TopKOptions& options) {
  if (options.capacity == 0 || options.capacity > kMostCapacity) {
    refuse(std::string(kWrongCapacity) + ", not " + std::to_string(options.capacity));
  }
}

Result<void> TopKCore::can_merge(const TopKOptions& ours, const TopKOptions& theirs) {
  if (ours.capacity != theirs.capacity) {
    return cannot_merge("TopKs", "capacity", std::to_string(ours.capacity),
                        std::to_string(theirs.capacity));
  }
  if (ours.seed != theirs.seed) {
    return cannot_merge("TopKs", "seed", std::to_string(ours.seed), std::to_string(theirs.seed));
  }
  return {};
}

}  // namespace weir::detail
