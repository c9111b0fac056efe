// refused: a window keeps records beyond their batch, but the record type is a view into fetched
// bytes
#include <chrono>
#include <string_view>

#include "weir/dstream.h"

void describe(const weir::DStream<std::string_view>& words) {
  words.window(std::chrono::seconds(10));
}
