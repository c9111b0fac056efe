// refused: the key needs a weir::Codec (see weir/codec.h), or the operation a partitioner of
#include "weir/dstream.h"

void describe(const weir::DStream<std::pair<unsigned, int>>& pairs) { pairs.group_by_key(3); }
