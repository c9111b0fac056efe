// The tweets job: reads Avro tweets from Kafka, counts them, and writes them to another topic.
// Without --brokers it brings its own broker and makes up the tweets.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "display.h"
#include "generator.h"
#include "options.h"
#include "tweet.avro.h"
#include "weir/dstream.h"
#include "weir/embedded_broker.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace tweets {
namespace {

/// Returns the words of a tweet that begin with '#'.
std::vector<std::string> hashtags(std::string_view text) {
  std::vector<std::string> tags;
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    const std::size_t end = std::min(text.find_first_of(" \t#.,!?:;\"'", at + 1), text.size());
    if (end > at + 1) tags.emplace_back(text.substr(at, end - at));
  }
  return tags;
}

using Counts = std::map<std::string, std::int64_t>;

/// Shows the most frequent hashtags of all batches so far.
std::string top(const Counts& totals, std::size_t count) {
  std::vector<std::pair<std::string, std::int64_t>> sorted(totals.begin(), totals.end());
  count = std::min(count, sorted.size());
  std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count),
                    sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "  " + sorted[i].first + " " + std::to_string(sorted[i].second) + "\n";
  }
  return text;
}

/// The name of a topic's members: two streams of a process must not share one.
std::string instance_for(const std::string& topic, const Options& options) {
  if (options.instance.empty() || options.in.size() == 1) return options.instance;
  return options.instance + "-" + topic;
}

weir::kafka::StreamOptions input(const Options& options) {
  return {.brokers = options.brokers,
          .group = options.direct ? "" : options.group,
          .inputs = options.inputs,
          .reader_tasks = options.threads,
          .start = options.start,
          .bad_records = options.dead_letter.empty()
                             ? weir::BadRecords::skip()
                             : weir::BadRecords::dead_letter(options.dead_letter),
          .isolation = options.isolation,
          .assignor = options.assignor,
          .session_timeout = std::chrono::seconds(options.session_timeout_seconds)};
}

/// One stream for each topic, united, or one for all topics whose names match.
template <class T>
weir::DStream<T> read(weir::StreamingContext& ctx, const Options& options) {
  if (!options.pattern.empty()) {
    weir::kafka::StreamOptions matching = input(options);
    matching.topic_pattern = options.pattern;
    matching.instance = options.instance;
    matching.metadata_max_age = std::chrono::seconds(5);
    return weir::kafka::stream<T>(ctx, std::move(matching));
  }
  std::optional<weir::DStream<T>> all;
  for (const std::string& topic : options.in) {
    weir::kafka::StreamOptions one = input(options);
    one.topics = {topic};
    one.instance = instance_for(topic, options);
    const auto stream = weir::kafka::stream<T>(ctx, std::move(one));
    all = all ? all->union_with(stream) : stream;
  }
  return *all;
}

template <class T>
void write(weir::StreamingContext& ctx, const weir::DStream<T>& tweets, const Options& options) {
  const auto produced = ctx.accumulator("tweets produced");
  tweets
      .map([=](T&& tweet) {
        produced += 1;
        return std::move(tweet);
      })
      .to(weir::kafka::topic<T>(
          {.brokers = options.brokers, .topic = options.out, .compression = options.compression}));
}

/// Describes the job on owning tweets or, where nothing keeps them, on views into the fetched
/// bytes.
template <class T>
void describe(weir::StreamingContext& ctx, const Options& options, Display& display) {
  const auto consumed = ctx.accumulator("tweets consumed");
  const auto tweets = read<T>(ctx, options).map([=](T&& tweet) {
    consumed += 1;
    return std::move(tweet);
  });
  if constexpr (!weir::kIsView<T>) {
    const auto spread = options.parallelism > 0 ? tweets.repartition(options.parallelism) : tweets;
    write(ctx, spread, options);
  } else {
    write(ctx, tweets, options);
  }
  if (options.hashtags == 0) return;
  tweets.flat_map([](T&& tweet) { return hashtags(tweet.text); })
      .count_by_value()
      .for_each_batch([&display, count = options.hashtags, totals = std::make_shared<Counts>()](
                          const weir::Dataset<std::pair<std::string, std::int64_t>>& batch) {
        for (const auto& [tag, times] : batch) (*totals)[tag] += times;
        display.set_extra(top(*totals, count));
      });
}

void print_summary(const weir::StreamingContext& ctx) {
  const weir::StreamStatus status = ctx.status();
  for (const auto& cell : ctx.accumulators()) {
    std::printf("%s: %lld\n", cell->name.c_str(), static_cast<long long>(cell->integer.load()));
  }
  std::printf("batches: %lld\nrecords in: %lld\nrecords out: %lld\nnot tweets: %lld\n",
              static_cast<long long>(status.batches), static_cast<long long>(status.records_in),
              static_cast<long long>(status.records_out),
              static_cast<long long>(status.records_skipped));
}

/// Stops the context after a while, if it is still running then.
class Stopwatch {
 public:
  Stopwatch(weir::StreamingContext& ctx, double seconds) {
    if (seconds <= 0) return;
    thread_ = std::jthread([&ctx, seconds](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any stopped;
      std::unique_lock lock(mutex);
      stopped.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
      if (!stop.stop_requested()) ctx.stop();
    });
  }

 private:
  std::jthread thread_;
};

int run_job(const Options& options) {
  weir::StreamingContext ctx({.app = "tweets",
                              .batch_interval = options.interval,
                              .workers = options.workers,
                              .memory_bytes = options.memory_bytes,
                              .max_rate_per_partition = options.rate_limit,
                              .delivery = options.delivery,
                              .instance = options.instance,
                              .stop_at_end = options.stop_at_end});
  int status = 0;
  {
    Display display(ctx);
    ctx.on_batch([&](const weir::BatchReport& report) { display.on_batch(report); });
    if (options.parallelism > 0) {
      describe<Tweet>(ctx, options, display);
    } else {
      describe<TweetView>(ctx, options, display);
    }
    if (!options.quiet) display.start();
    const Stopwatch stopwatch(ctx, options.seconds);
    status = ctx.run();
  }
  print_summary(ctx);
  return status;
}

int fail(const weir::Error& error) {
  std::fprintf(stderr, "tweets: %s\n", error.message().c_str());
  return 1;
}

/// Starts the generator; where the job is to stop at the end, everything is written first.
weir::Result<std::unique_ptr<Generator>> start_generator(Options& options) {
  auto writer = TweetWriter::from(options.text_file);
  if (!writer.ok()) return std::move(writer).error();
  auto pool = weir::kafka::ProducerPool::open({.brokers = options.brokers});
  if (!pool.ok()) return std::move(pool).error();
  if (options.tweets == 0) options.tweets = static_cast<std::int64_t>(writer->lines());
  auto generator = std::make_unique<Generator>(
      Generator::Settings{options.brokers, options.in.front(), options.rate, options.tweets},
      std::move(*writer), std::move(*pool));
  if (options.stop_at_end && options.tweets > 0) {
    if (auto written = generator->wait(); !written.ok()) return std::move(written).error();
  }
  return generator;
}

int run(Options options) {
  std::unique_ptr<weir::broker::EmbeddedBroker> broker;
  if (options.brokers.empty()) {
    weir::broker::BrokerOptions settings{.default_partitions = 4};
    for (const std::string& topic : options.in) settings.topics.push_back({topic, 4});
    settings.topics.push_back({options.out, 4});
    if (!options.dead_letter.empty()) settings.topics.push_back({options.dead_letter, 1});
    auto started = weir::broker::EmbeddedBroker::start(std::move(settings));
    if (!started.ok()) return fail(started.error());
    broker = std::move(*started);
    options.brokers = broker->address();
    std::printf("embedded broker at %s, %lld tweets/s from %s to %s\n", options.brokers.c_str(),
                static_cast<long long>(options.rate), options.in.front().c_str(),
                options.out.c_str());
  }
  std::unique_ptr<Generator> generator;
  if (options.generate) {
    auto started = start_generator(options);
    if (!started.ok()) return fail(started.error());
    generator = std::move(*started);
  }
  return run_job(options);
}

}  // namespace
}  // namespace tweets

int main(int argc, char** argv) {
  int exit_status = 0;
  auto options = tweets::parse_options(argc, argv, exit_status);
  return options ? tweets::run(std::move(*options)) : exit_status;
}
