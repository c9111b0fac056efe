// refused: flat_map(): the function must return a range, such as a std::vector
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.flat_map([](int number) { return number + 1; });
}
