// Counts the words of a topic's last ten minutes, every two seconds: Spark's KafkaWordCount.
//
//   kafka_word_count [host:port]      without Kafka it counts a sample
#include <chrono>
#include <functional>

#include "input.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const words::Input input(argc, argv, {{"lines", {"to be or not to be", "that is to say"}}});

  weir::StreamingContext context(
      {.app = "kafka-word-count", .batch_interval = 2s, .stop_at_end = input.is_sample()});
  weir::kafka::stream<std::string>(
      context, {.brokers = input.brokers(), .topics = {"lines"}, .group = "kafka-word-count"})
      .flat_map(words::split)
      .map([](std::string word) { return std::pair(std::move(word), 1); })
      // From the last window: less what has left it, with what has come.
      .reduce_by_key_and_window(std::plus<>(), std::minus<>(), 10min, 2s, 2,
                                weir::WithoutDeadKeys{})
      .print();
  return context.run();
}
