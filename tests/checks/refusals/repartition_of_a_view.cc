// refused: this operation keeps records beyond their task, but the record type is a view
#include "weir/dstream.h"

void describe(const weir::DStream<std::string_view>& views) { views.repartition(2); }
