// refused: transform_with(): the function must take const weir::Dataset<T>& and the other's
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers, const weir::DStream<std::string>& words) {
  numbers.transform_with(words, [](const weir::Dataset<int>& batch) { return batch; });
}
