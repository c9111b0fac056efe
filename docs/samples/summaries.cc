#include <weir/dstream.h>
#include <weir/summaries.h>

#include <string>
#include <utility>
#include <vector>

using weir::DStream;

namespace {

[[maybe_unused]] void sample(const DStream<std::pair<std::string, std::string>>& tweets) {
@SAMPLE@
}

}  // namespace
