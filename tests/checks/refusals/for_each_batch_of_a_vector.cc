// refused: for_each_batch(): the function must take const weir::Dataset<T>&
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.for_each_batch([](const std::vector<int>&) {});
}
