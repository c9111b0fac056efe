// refused: map(): the function must take a record of this stream (T, T&& or const T&)
#include "weir/dstream.h"

void describe(const weir::DStream<std::string>& words) {
  words.map([](int number) { return number + 1; });
}
