// refused: flat_map_values(): the function must return a range, such as a std::vector
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<int, int>>& pairs) {
  pairs.flat_map_values([](int value) { return value; });
}
