// refused: what is added to a summary needs a weir::Codec (see weir/codec.h)
#include "weir/summaries.h"

struct Shop {
  int number = 0;
};
void count(weir::HyperLogLog& shops) { shops.add(Shop{7}); }
