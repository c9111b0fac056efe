#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>

namespace tweets {

namespace {

using weir::kafka::Assignor;
using weir::kafka::Compression;
using weir::kafka::Isolation;
using weir::kafka::Start;

const std::map<std::string, Compression> kCompressions = {{"none", Compression::kNone},
                                                          {"gzip", Compression::kGzip},
                                                          {"snappy", Compression::kSnappy},
                                                          {"lz4", Compression::kLz4},
                                                          {"zstd", Compression::kZstd}};
const std::map<std::string, weir::Delivery> kDeliveries = {
    {"at_least_once", weir::Delivery::kAtLeastOnce},
    {"exactly_once", weir::Delivery::kExactlyOnce}};
const std::map<std::string, Isolation> kIsolations = {
    {"read_uncommitted", Isolation::kReadUncommitted},
    {"read_committed", Isolation::kReadCommitted}};
const std::map<std::string, Assignor> kAssignors = {
    {"range", Assignor::kRange},
    {"roundrobin", Assignor::kRoundRobin},
    {"cooperative-sticky", Assignor::kCooperativeSticky}};

/// Reads "asap", "100ms", "2s"; a bare number is milliseconds.
weir::Duration read_interval(const std::string& text) {
  if (text == "asap") return {};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  const std::map<std::string, double> millis = {{"", 1}, {"ms", 1}, {"s", 1000}, {"us", 0.001}};
  if (error != std::errc() || !millis.contains(unit)) {
    throw CLI::ValidationError("--interval",
                               "\"" + text +
                                   "\" is no time; write asap, or a number with ms or "
                                   "s, such as 100ms");
  }
  if (number < 0) {
    throw CLI::ValidationError("--interval", "\"" + text +
                                                 "\" is below 0; batches need a positive "
                                                 "interval, or asap");
  }
  return weir::Duration(static_cast<std::int64_t>(number * millis.at(unit) * 1e6));
}

Start read_start(const std::string& text, bool ignore_committed) {
  Start start;
  if (text == "latest") {
    start = Start::latest();
  } else if (text != "earliest") {
    std::int64_t millis = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, millis);
    if (error != std::errc() || end != last) {
      throw CLI::ValidationError("--start",
                                 "\"" + text +
                                     "\" is no start; write earliest, latest, or a time in "
                                     "milliseconds since 1970");
    }
    start = Start::at_time({millis});
  }
  return ignore_committed ? start.ignoring_committed() : start;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

/// Names the option that was most likely meant by an unknown one.
std::string nearest_option(const CLI::App& app, const std::string& unknown) {
  std::string nearest;
  std::size_t least = 4;
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = "--" + option->get_single_name();
    const std::size_t distance = edit_distance(unknown, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

void add_job_options(CLI::App& app, Options& options) {
  app.add_option("--brokers", options.brokers,
                 "Kafka brokers, host:port[,host:port]; without it an embedded broker is started "
                 "and filled with made-up tweets");
  CLI::Option* in =
      app.add_option("--in", options.in, "Topics to read Avro tweets from, one stream each, united")
          ->delimiter(',')
          ->capture_default_str();
  app.add_option("--pattern", options.pattern,
                 "Read all topics whose names this regular expression matches instead, also those "
                 "that are created later")
      ->excludes(in);
  app.add_option("--out", options.out, "Topic to write to")->capture_default_str();
  app.add_option("--dead-letter", options.dead_letter,
                 "Topic for records that are no tweets; without it they are counted and dropped");
  app.add_option("--group", options.group, "Consumer group")->capture_default_str();
  app.add_option(
      "--instance", options.instance,
      "A name for this process in the group, and for its transactions: restarted under it, "
      "it has its partitions back at once");
  app.add_option("--session-timeout", options.session_timeout_seconds,
                 "Seconds after which the group gives a dead member's partitions away")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--direct", options.direct, "Read all partitions without a group, commit nothing");
  app.add_option("--inputs", options.inputs, "Members of the group in this process")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Reader tasks of an input; 0: one a partition")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--parallelism", options.parallelism,
                 "Partitions to spread the work over; 0 keeps the input's, and its order")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--workers", options.workers, "Worker threads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate-limit", options.rate_limit,
                 "At most so many records a second from each partition; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--stop-at-end", options.stop_at_end,
               "Stop at the ends that the topics have at start");
  app.add_option("--hashtags", options.hashtags, "Show the so many most used hashtags so far");
  app.add_flag("--quiet", options.quiet, "No live line, only the summary");
}

void add_generator_options(CLI::App& app, Options& options) {
  app.add_flag("--generate", options.generate,
               "Write tweets to the first --in topic (always so without --brokers)");
  app.add_option("--rate", options.rate, "Tweets a second that are generated")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--tweets", options.text_file, "Generate from this text, one tweet a line")
      ->check(CLI::ExistingFile);
  app.add_option("--count", options.tweets, "Generate so many tweets, then no more; 0: no end")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seconds", options.seconds, "Stop after so many seconds; 0: run until Ctrl-C")
      ->check(CLI::NonNegativeNumber);
}

/// Says what is wrong between options that are right each by itself.
void check_together(const Options& options, const CLI::App& app) {
  if (options.direct && app.count("--group") > 0) {
    throw CLI::ValidationError("--direct",
                               "conflicts with --group: a direct source has no group; "
                               "give one of the two");
  }
  if (options.direct && !options.instance.empty()) {
    throw CLI::ValidationError("--instance", "needs a group; leave out --direct");
  }
  if (options.direct && options.delivery == weir::Delivery::kExactlyOnce) {
    throw CLI::ValidationError("--delivery", "exactly_once needs a group; leave out --direct");
  }
  if (options.direct && options.inputs != 1) {
    throw CLI::ValidationError("--inputs", "needs a group; leave out --direct");
  }
  if (options.stop_at_end && options.start.at == Start::At::kLatest) {
    throw CLI::ValidationError("--stop-at-end",
                               "conflicts with --start latest: there would be "
                               "nothing to read; use --start earliest");
  }
}

int report_mistake(const CLI::App& app, const CLI::ParseError& error) {
  std::cerr << "tweets: " << error.what() << "\n";
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    for (const std::string& unknown : app.remaining()) {
      const std::string nearest = nearest_option(app, unknown);
      if (!nearest.empty()) std::cerr << "Did you mean " << nearest << "?\n";
    }
  }
  std::cerr << "Run tweets --help for all options.\n";
  return 2;
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_status) {
  CLI::App app("Reads Avro tweets from Kafka, counts them, and writes them to another topic.",
               "tweets");
  Options options;
  std::string interval = "asap";
  std::string start = "earliest";
  bool ignore_committed = false;
  std::size_t memory_mib = options.memory_bytes >> 20;
  add_job_options(app, options);
  add_generator_options(app, options);
  app.add_option("--interval", interval, "Time between batches, such as 100ms, or asap")
      ->capture_default_str();
  app.add_option("--start", start,
                 "Where to begin without a committed offset: earliest, latest, or ms")
      ->capture_default_str();
  app.add_flag("--ignore-committed", ignore_committed, "Begin at --start in any case");
  app.add_option("--memory", memory_mib, "Memory for data on its way, MiB")->capture_default_str();
  app.add_option(
         "--delivery", options.delivery,
         "at_least_once, or exactly_once: output and offsets of a batch are one transaction")
      ->transform(CLI::CheckedTransformer(kDeliveries));
  app.add_option("--isolation", options.isolation,
                 "read_uncommitted or read_committed; with exactly_once the latter")
      ->transform(CLI::CheckedTransformer(kIsolations));
  app.add_option("--assignor", options.assignor, "range, roundrobin or cooperative-sticky")
      ->transform(CLI::CheckedTransformer(kAssignors));
  app.add_option("--compression", options.compression,
                 "Of the output: none, gzip, snappy, lz4, zstd")
      ->transform(CLI::CheckedTransformer(kCompressions));
  try {
    app.parse(argc, argv);
    options.interval = read_interval(interval);
    options.start = read_start(start, ignore_committed);
    options.memory_bytes = memory_mib << 20;
    options.generate |= options.brokers.empty() || !options.text_file.empty();
    check_together(options, app);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    exit_status = 0;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    exit_status = report_mistake(app, error);
    return std::nullopt;
  }
  return options;
}

}  // namespace tweets
