// A topology as one has it in Storm: a source of sentences with two instances, counters that share
// the words by word, and behind them one counter of all words and one of the different ones.
//
//   word_topology [host:port]         without Kafka it counts a sample
#include <cstdint>
#include <string>
#include <utility>

#include "input.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace {

using Count = std::pair<std::string, std::int64_t>;

/// Adds to what has been counted under a name; says the sum.
Count add(const std::string& name, std::optional<std::int64_t> more,
          weir::State<std::int64_t>& sum) {
  sum.update(sum.get_option().value_or(0) + more.value_or(0));
  return {name, sum.get()};
}

}  // namespace

int main(int argc, char** argv) {
  const words::Input input(argc, argv, {{"sentences", {"to be or not to be", "that is to say"}}});
  weir::StreamingContext context({.app = "word-topology", .stop_at_end = input.is_sample()});

  const auto sentences = weir::kafka::stream<std::string>(
      context,
      {.brokers = input.brokers(), .topics = {"sentences"}, .group = "topology", .inputs = 2});
  const auto words = sentences.flat_map(words::split);
  // Fields grouping: each word is always counted in the same one of four partitions.
  const auto counts = words.map([](std::string word) { return Count(std::move(word), 1); })
                          .map_with_state(weir::StateSpec(add).partitions(4));
  counts.print();
  // Global grouping: all comes to one.
  words.count()
      .map([](std::int64_t words_of_batch) { return Count("all words", words_of_batch); })
      .map_with_state(weir::StateSpec(add).partitions(1))
      .print();
  // An aggregate of what the counters have.
  counts.state_snapshots()
      .count()
      .map([](std::int64_t words_so_far) { return Count("different words", words_so_far); })
      .print();
  return context.run();
}
