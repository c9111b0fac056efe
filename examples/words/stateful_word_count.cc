// Counts the words of a topic for ever, exactly once, and goes on after a crash: Spark's
// StatefulNetworkWordCount and RecoverableNetworkWordCount.
//
//   stateful_word_count [host:port]   without Kafka it counts a sample, in two runs
#include <chrono>
#include <filesystem>
#include <iostream>

#include "input.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace {

using namespace std::chrono_literals;

/// Adds a word to its sum; says the sum.
std::pair<std::string, int> count(const std::string& word, std::optional<int> one,
                                  weir::State<int>& sum) {
  sum.update(sum.get_option().value_or(0) + one.value_or(0));
  return {word, sum.get()};
}

int run(const words::Input& input, const std::string& directory) {
  weir::StreamingContext context({.app = "word-counts",
                                  .delivery = weir::Delivery::kExactlyOnce,
                                  .instance = "one",
                                  .checkpoint = directory,
                                  .stop_at_end = input.is_sample()});
  const auto counts =
      weir::kafka::stream<std::string>(
          context, {.brokers = input.brokers(), .topics = {"lines"}, .group = "word-counts"})
          .flat_map(words::split)
          .map([](std::string word) { return std::pair(std::move(word), 1); })
          .map_with_state(count);
  counts.print();
  counts.map([](const auto& each) { return each.first + " " + std::to_string(each.second); })
      .to(weir::kafka::topic<std::string>({.brokers = input.brokers(), .topic = "word-counts"}));
  return context.run();
}

}  // namespace

int main(int argc, char** argv) {
  const words::Input input(argc, argv, {{"lines", {"to be or not to be"}}, {"word-counts", {}}});
  if (!input.is_sample()) return run(input, "word-counts-state");
  const auto directory = std::filesystem::temp_directory_path() /
                         ("word-counts-" + input.brokers().substr(input.brokers().find(':') + 1));
  int status = run(input, directory);
  std::cout << "another process:\n";
  input.write({"lines", {"to say"}});
  if (status == 0) status = run(input, directory);
  std::filesystem::remove_all(directory);
  return status;
}
