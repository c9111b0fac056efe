// refused: receiver_stream(): derive the receiver from weir::Receiver of its record type
#include "weir/receiver.h"

struct NoReceiver {
  using Record = int;
};

void describe(weir::Pipeline& pipeline) {
  weir::receiver_stream(pipeline, std::make_unique<NoReceiver>());
}
