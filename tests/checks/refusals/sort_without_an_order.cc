// refused: sort(): the records need operator<
#include "weir/dataset_operations.h"

struct Shop {};

auto sorted(const weir::Dataset<Shop>& shops) { return shops.sort(); }
