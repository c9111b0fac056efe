// refused: transform(): the function must take const weir::Dataset<T>&
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.transform([](int number) { return std::vector<int>{number}; });
}
