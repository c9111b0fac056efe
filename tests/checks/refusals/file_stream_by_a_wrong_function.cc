// refused: file_stream(): the function must take weir::ByteInput& and return
#include "weir/file_stream.h"

void describe(weir::Pipeline& pipeline) {
  weir::file_stream(pipeline, "in", [](weir::ByteInput& input) { return input.read_line().ok(); });
}
