// refused: map(): the function must return something; for an effect use for_each()
#include "weir/dstream.h"

void describe(const weir::DStream<std::string>& words) {
  words.map([](const std::string&) {});
}
