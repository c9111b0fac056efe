// refused: an unordered container can be no key, nor a part of one: equal ones have different
#include <optional>
#include <unordered_map>

#include "weir/dstream.h"

using Counts = std::optional<std::unordered_map<int, int>>;
void describe(const weir::DStream<Counts>& counts) { counts.count_by_value(); }
