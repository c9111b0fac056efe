#include <weir/file_stream.h>
#include <weir/queue_stream.h>
#include <weir/socket_stream.h>
#include <weir/streaming_context.h>

#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

[[maybe_unused]] void sample(weir::StreamingContext& ctx) {
@SAMPLE@
}

}  // namespace
