// refused: map_values(): needs a stream of std::pair<key, value>
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.map_values([](int number) { return number; });
}
