#include <weir/dataset_operations.h>
#include <weir/kafka.h>
#include <weir/producer_pool.h>
#include <weir/remember.h>
#include <weir/streaming_context.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using weir::DStream;

namespace {

[[maybe_unused]] void remember(const std::string&, std::int64_t) {}

[[maybe_unused]] void sample(weir::StreamingContext& ctx, const std::string& brokers,
                             const DStream<std::string>& lines) {
@SAMPLE@
  static_cast<void>(brokers), static_cast<void>(lines), static_cast<void>(ctx);
}

}  // namespace
