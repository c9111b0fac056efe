// refused: the key needs a weir::Codec (see weir/codec.h), or the operation a partitioner of
#include <optional>

#include "weir/dstream.h"

struct Shop {
  int number = 0;
  bool operator==(const Shop&) const = default;
};
template <>
struct std::hash<Shop> {
  std::size_t operator()(const Shop& shop) const { return std::hash<int>()(shop.number); }
};
void describe(const weir::DStream<std::pair<std::optional<Shop>, int>>& pairs) {
  pairs.reduce_by_key([](int a, int b) { return a + b; });
}
