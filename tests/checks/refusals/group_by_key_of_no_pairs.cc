// refused: an operation by key needs a stream of std::pair<key, value>; map() to pairs first
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) { numbers.group_by_key(); }
