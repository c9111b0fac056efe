#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace tweets {

/// What the command line asks for.
struct Options {
  std::string brokers;  ///< empty: start an embedded broker and a generator
  std::vector<std::string> in = {"tweets"};
  std::string pattern;  ///< of topics' names, instead of `in`
  std::string out = "tweets-out";
  std::string dead_letter;
  std::string group = "tweets";
  std::string instance;
  int session_timeout_seconds = 45;
  bool direct = false;
  int inputs = 1;
  int threads = 0;
  int parallelism = 0;
  int workers = 1;
  weir::Duration interval{0};
  std::int64_t rate_limit = 0;
  std::size_t memory_bytes = std::size_t{40} << 20;
  bool stop_at_end = false;
  weir::kafka::Start start;
  weir::Delivery delivery = weir::Delivery::kAtLeastOnce;
  std::optional<weir::kafka::Isolation> isolation{};
  weir::kafka::Assignor assignor = weir::kafka::Assignor::kRange;
  weir::kafka::Compression compression = weir::kafka::Compression::kNone;
  std::size_t hashtags = 0;
  bool quiet = false;

  bool generate = false;
  std::int64_t rate = 1000;  ///< of the generator, tweets a second
  std::string text_file;     ///< the generator's tweets, one a line
  std::int64_t tweets = 0;   ///< the generator stops after so many; 0: never
  double seconds = 0;        ///< stop after so long; 0: never
};

/// Reads the command line. Nothing when the program is to end, with `exit_status`: help was asked
/// for, or an option was wrong and standard error says how.
std::optional<Options> parse_options(int argc, char** argv, int& exit_status);

}  // namespace tweets
