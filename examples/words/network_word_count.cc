// Counts the words of the lines that a peer sends, second by second: Spark's NetworkWordCount.
//
//   network_word_count [host port]    such as `nc -lk 9999`; without one it counts a sample
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>

#include "input.h"
#include "line_server.h"
#include "weir/socket_stream.h"
#include "weir/streaming_context.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const bool is_sample = argc < 3;
  std::unique_ptr<words::LineServer> server;
  if (is_sample)
    server = std::make_unique<words::LineServer>("to be or not to be\nthat is to say\n");
  const std::string host = is_sample ? "127.0.0.1" : argv[1];
  const int port = is_sample ? server->port() : std::atoi(argv[2]);

  weir::StreamingContext context(
      {.app = "network-word-count", .batch_interval = 1s, .stop_at_end = is_sample});
  weir::socket_text_stream(context, host, static_cast<std::uint16_t>(port))
      .flat_map(words::split)
      .map([](std::string word) { return std::pair(std::move(word), 1); })
      .reduce_by_key(std::plus<>())
      .print();
  return context.run();
}
