// refused: keys() needs a dataset of std::pair<key, value>
#include "weir/dataset_operations.h"

auto keys_of(const weir::Dataset<int>& numbers) { return numbers.keys(); }
