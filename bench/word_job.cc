// The running word count: how often each word of all tweets has come, exactly once, with its state
// logged; each batch writes the new counts of the words that it had.
//
//   word_job BROKERS IN OUT GROUP STATE_DIRECTORY      ends when IN does
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tweet.avro.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace {

using namespace std::chrono_literals;
using Count = std::pair<std::string, std::int64_t>;

/// What is written of a count: the word is the record's key.
struct Total {
  std::string word;
  std::int64_t count;
};

std::vector<Count> split(const com::miguno::avro::TweetView& tweet) {
  std::vector<Count> words;
  std::string_view left = tweet.text;
  while (!left.empty()) {
    const std::string_view word = left.substr(0, left.find(' '));
    if (!word.empty()) words.emplace_back(word, 1);
    left.remove_prefix(std::min(left.size(), word.size() + 1));
  }
  return words;
}

Total add(const std::string& word, std::optional<std::int64_t> more,
          weir::State<std::int64_t>& sum) {
  sum.update(sum.get_option().value_or(0) + more.value_or(0));
  return {word, sum.get()};
}

}  // namespace

template <>
struct weir::Codec<Total> {
  static std::size_t size(const Total&) { return sizeof(std::int64_t); }
  static char* write(const Total& total, char* out) {
    return Codec<std::int64_t>::write(total.count, out);
  }
  static bool read(std::string_view bytes, Total& total) {
    return Codec<std::int64_t>::read(bytes, total.count);
  }
  static std::string explain(std::string_view bytes) { return Codec<std::int64_t>::explain(bytes); }
};

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: word_job BROKERS IN OUT GROUP STATE_DIRECTORY\n", stderr);
    return 2;
  }
  const std::string brokers = argv[1];
  const std::string group = argv[4];
  weir::StreamingOptions options{.app = "words", .batch_interval = 100ms};
  options.workers = 2;
  options.delivery = weir::Delivery::kExactlyOnce;
  options.instance = group;
  options.checkpoint = argv[5];
  options.stop_at_end = true;
  weir::StreamingContext context(std::move(options));
  weir::kafka::stream<com::miguno::avro::TweetView>(
      context, {.brokers = brokers, .topics = {argv[2]}, .group = group})
      .flat_map(split)
      .reduce_by_key(std::plus<>())
      .map_with_state(add)
      .to(weir::kafka::topic<Total>({.brokers = brokers, .topic = argv[3]})
              .with_key([](const Total& total) { return total.word; }));
  return context.run();
}
