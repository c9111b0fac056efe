// refused: state outlives the batch, but its type is a view into fetched bytes
#include <string_view>

#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& words) {
  words.map_with_state([](const std::string&, std::optional<int>,
                          weir::State<std::string_view>& last) { return last.exists(); });
}
