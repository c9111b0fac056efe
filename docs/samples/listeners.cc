#include <weir/delay_report.h>
#include <weir/recent_batches.h>
#include <weir/streaming_context.h>

#include <chrono>
#include <iostream>
#include <memory>

using namespace std::chrono_literals;

namespace {

[[maybe_unused]] void sample(weir::StreamingContext& ctx) {
@SAMPLE@
}

}  // namespace
