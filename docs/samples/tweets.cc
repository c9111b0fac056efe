#include <weir/kafka.h>
#include <weir/streaming_context.h>

#include <string>

#include "tweet.avro.h"

using com::miguno::avro::TweetView;

namespace {

[[maybe_unused]] void sample(weir::StreamingContext& ctx, const std::string& brokers) {
@SAMPLE@
}

}  // namespace
