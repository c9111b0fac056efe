// refused: an unordered container cannot be added to a summary: equal ones have different
#include <string>
#include <unordered_set>

#include "weir/summaries.h"

void remember(weir::BloomFilter& seen, const std::unordered_set<std::string>& tags) {
  seen.add(tags);
}
