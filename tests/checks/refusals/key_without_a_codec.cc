// refused: the key needs a weir::Codec (see weir/codec.h), or the operation a partitioner of
#include "weir/dstream.h"

struct Shop {
  int number = 0;
  bool operator==(const Shop&) const = default;
};
template <>
struct std::hash<Shop> {
  std::size_t operator()(const Shop& shop) const { return std::hash<int>()(shop.number); }
};
void describe(const weir::DStream<std::pair<Shop, int>>& pairs) { pairs.group_by_key(3); }
