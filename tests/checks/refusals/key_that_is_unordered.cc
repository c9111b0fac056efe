// refused: an unordered container can be no key, nor a part of one: equal ones have different
#include <unordered_set>

#include "weir/dstream.h"

using Tags = std::pair<int, std::unordered_set<std::string>>;
void describe(const weir::DStream<std::pair<Tags, int>>& pairs) { pairs.group_by_key(); }
