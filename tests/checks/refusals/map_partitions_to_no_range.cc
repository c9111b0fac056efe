// refused: map_partitions(): the function must return a range, such as a std::vector
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.map_partitions([](const std::vector<int>& all) { return all.size(); });
}
