// refused: an operation by key keeps records beyond their task, but their key or value is a view
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& words,
              const weir::DStream<std::pair<std::string, std::string_view>>& views) {
  words.left_outer_join(views, 4);
}
