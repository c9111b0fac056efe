// The ten most frequent hashtags of the last minute, every second: Spark's TwitterPopularTags.
//
//   top_hashtags [host:port]          without Kafka it counts a sample
#include <chrono>
#include <string>

#include "input.h"
#include "weir/dataset_operations.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  using Count = std::pair<std::string, std::int64_t>;
  const words::Input input(argc, argv,
                           {{"tweets", {"tea in the rain #tea #rain", "more #tea", "#tea #sun"}}});

  weir::StreamingContext context(
      {.app = "top-hashtags", .batch_interval = 1s, .stop_at_end = input.is_sample()});
  const auto is_rarer = [](const Count& a, const Count& b) { return a.second < b.second; };
  weir::kafka::stream<std::string>(
      context, {.brokers = input.brokers(), .topics = {"tweets"}, .group = "top-hashtags"})
      .flat_map(words::split)
      .filter([](const std::string& word) { return word.starts_with('#'); })
      .count_by_value_and_window(60s, 1s)
      .transform([=](const weir::Dataset<Count>& counts) { return counts.top(10, is_rarer); })
      .print();
  return context.run();
}
