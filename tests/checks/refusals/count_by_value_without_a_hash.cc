// refused: an operation by key needs a key with operator== and a std::hash
#include "weir/dstream.h"

struct Point {
  int x = 0;
};
void describe(const weir::DStream<Point>& points) { points.count_by_value(); }
