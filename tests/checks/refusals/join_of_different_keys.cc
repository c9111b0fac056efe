// refused: cogroup() and the joins need two streams with the same type of key: map() one of them
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<std::string, int>>& words,
              const weir::DStream<std::pair<int, int>>& numbers) {
  words.join(numbers);
}
