// refused: reduce_by_key(): the function must take two values and return one
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& pairs) {
  pairs.reduce_by_key([](const std::string& a, const std::string&) { return a; });
}
