#include <utility>

#include "world.h"

namespace weir::sim {

namespace {

bool breaks(const Script& script) { return run(script).violation.has_value(); }

/// Leaves out runs of steps, long ones first, as long as a promise is still broken.
bool drop_steps(Script& script) {
  bool shorter = false;
  for (std::size_t length = script.steps.size(); length > 0; length /= 2) {
    for (std::size_t at = 0; at + length <= script.steps.size();) {
      Script without = script;
      const auto first = without.steps.begin() + static_cast<std::ptrdiff_t>(at);
      without.steps.erase(first, first + static_cast<std::ptrdiff_t>(length));
      if (breaks(without)) {
        script = std::move(without);
        shorter = true;
      } else {
        at += length;
      }
    }
  }
  return shorter;
}

/// Makes one setting as small as it can be.
bool lower(Script& script, std::int64_t Script::*setting, std::int64_t least) {
  bool lower = false;
  while (script.*setting > least) {
    Script smaller = script;
    smaller.*setting = least + (script.*setting - least) / 2;
    if (!breaks(smaller)) break;
    script = std::move(smaller);
    lower = true;
  }
  return lower;
}

}  // namespace

Script shrink(Script script) {
  for (bool smaller = true; smaller;) {
    smaller = drop_steps(script);
    for (const auto& [setting, least] :
         {std::pair(&Script::writers, 1), std::pair(&Script::records, 1),
          std::pair(&Script::inputs, 1), std::pair(&Script::workers, 1),
          std::pair(&Script::interval_ms, 0)}) {
      smaller |= lower(script, setting, least);
    }
  }
  return script;
}

}  // namespace weir::sim
