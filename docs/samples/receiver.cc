#include <weir/receiver.h>
#include <weir/streaming_context.h>

#include <string>
#include <utility>
#include <vector>

namespace {

/// A stand-in for the client of some message service.
struct Mailbox {
  struct Letters {
    std::vector<std::string> texts;
    int last = 0;
  };
  Letters wait_for_letters();
  void delete_until(int letter);
  void hang_up();
};

@SAMPLE@

[[maybe_unused]] void use(weir::StreamingContext& ctx) {
  weir::receiver_stream(ctx, std::make_unique<Letters>()).print();
}

Mailbox::Letters Mailbox::wait_for_letters() { return {}; }
void Mailbox::delete_until(int) {}
void Mailbox::hang_up() {}

}  // namespace
