// refused: what windows hold is written down: their records need a weir::Codec
#include <chrono>

#include "weir/dstream.h"

struct Reading {
  int celsius = 0;
};

void describe(const weir::DStream<Reading>& readings) { readings.window(std::chrono::seconds(10)); }
