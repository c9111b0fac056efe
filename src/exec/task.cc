#include "exec/task.h"

#include <iterator>

namespace weir::exec {

Task Task::split_off_half() {
  Task half = *this;
  const auto middle = blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 2);
  half.blocks.assign(middle, blocks.end());
  blocks.erase(middle, blocks.end());
  const Offset cut{slice.from.value + (slice.until.value - slice.from.value) / 2};
  half.slice.from = slice.until = cut;
  half.slice.bytes = slice.bytes / 2;
  half.slice.records = slice.records / 2;
  slice.bytes -= half.slice.bytes;
  slice.records -= half.slice.records;
  return half;
}

std::optional<BatchTime> earlier(std::optional<BatchTime> one, std::optional<BatchTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace weir::exec
