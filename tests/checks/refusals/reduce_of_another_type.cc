// refused: reduce(): the function must take two records of this stream and return one
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.reduce([](int a, int b) { return std::to_string(a + b); });
}
