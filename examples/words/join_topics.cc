// Joins two topics: the payments of the last minute with the orders of the last hour. A record is
// an order's number and something about it.
//
//   join_topics [host:port]           without Kafka it joins a sample
#include <chrono>
#include <string>

#include "input.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace {

/// "17 two pots of tea" -> (17, "two pots of tea")
std::pair<std::int64_t, std::string> parse(const std::string& text) {
  const std::size_t space = text.find(' ');
  return {std::stoll(text), space == std::string::npos ? "" : text.substr(space + 1)};
}

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const words::Input input(argc, argv,
                           {{"orders", {"17 two pots of tea", "18 a cake", "19 an umbrella"}},
                            {"payments", {"18 by card", "17 in coins"}}});

  weir::StreamingContext context(
      {.app = "join-topics", .batch_interval = 1s, .stop_at_end = input.is_sample()});
  const auto stream = [&](const std::string& topic) {
    return weir::kafka::stream<std::string>(
               context, {.brokers = input.brokers(), .topics = {topic}, .group = "join-" + topic})
        .map(parse);
  };
  stream("payments").window(1min).join(stream("orders").window(1h)).print();
  return context.run();
}
