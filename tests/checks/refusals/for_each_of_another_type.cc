// refused: for_each(): the function must take const T&
#include "weir/dstream.h"

void describe(const weir::DStream<std::string>& words) {
  words.for_each([](int) {});
}
