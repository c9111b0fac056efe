// refused: combine_by_key(): the second function must take what the first one returns and a value
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& words) {
  words.combine_by_key([](int value) { return std::vector{value}; },
                       [](int value, std::vector<int> all) { return all; },
                       [](std::vector<int> a, const std::vector<int>&) { return a; });
}
