// refused: receiver_stream(): what is stored is kept, but its type is a view
#include "weir/receiver.h"

struct Views : weir::Receiver<std::string_view> {
  weir::Result<void> on_start(weir::ReceiverHandle<std::string_view>) override { return {}; }
};

void describe(weir::Pipeline& pipeline) {
  weir::receiver_stream(pipeline, std::make_unique<Views>());
}
