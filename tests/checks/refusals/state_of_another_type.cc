// refused: update_state_by_key(): the function must take const std::vector<value>&
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& words) {
  words.update_state_by_key([](const std::vector<std::string>& values, const std::optional<int>&) {
    return std::optional<int>(static_cast<int>(values.size()));
  });
}
