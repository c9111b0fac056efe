// refused: socket_stream(): the function must take weir::ByteInput& and return
#include "weir/socket_stream.h"

void describe(weir::Pipeline& pipeline) {
  weir::socket_stream(pipeline, "localhost", 9999, [](const std::string& line) { return line; });
}
