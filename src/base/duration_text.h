#pragma once

#include <string>

#include "base/log.h"
#include "weir/types.h"

namespace weir {

/// Returns a duration for people: "2 s", or "2500 ms" where it is no whole seconds.
inline std::string in_words(Duration duration) {
  const auto millis = duration / std::chrono::milliseconds(1);
  return millis % 1000 == 0 ? concat(millis / 1000, " s") : concat(millis, " ms");
}

}  // namespace weir
