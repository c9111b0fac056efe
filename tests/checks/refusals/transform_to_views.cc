// refused: the dataset that the function returns has views
#include "weir/dstream.h"

void describe(const weir::DStream<std::string>& words) {
  words.transform([](const weir::Dataset<std::string>& batch) {
    return std::vector<std::string_view>(batch.begin(), batch.end());
  });
}
