// refused: the function must return a weir::Dataset, a std::vector, or a weir::Result of one
#include "weir/dstream.h"

void describe(const weir::DStream<int>& numbers) {
  numbers.transform([](const weir::Dataset<int>& batch) { return batch.size(); });
}
