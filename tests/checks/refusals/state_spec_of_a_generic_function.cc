// refused: StateSpec: the function must name its arguments' types
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& words) {
  words.map_with_state(weir::StateSpec([](auto, auto, auto& state) { return state.exists(); }));
}
