// refused: filter(): the function must take const T& and return bool
#include "weir/dstream.h"

void describe(const weir::DStream<std::string>& words) {
  words.filter([](std::string& word) { return word.empty(); });
}
