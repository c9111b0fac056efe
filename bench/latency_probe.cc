// How long a record takes from when it was due to when it arrives at a live consumer, through
// whatever takes records from one topic to the other.
//
//   latency_probe BROKERS SOURCE OUT RATE WARM_UP_SECONDS SECONDS [silences]
//
// Writes RATE tweets a second into SOURCE, each at its own moment, and reads OUT. A tweet carries
// the moment when it was due (in place of its timestamp), so what leaves late counts as late; one
// process and one monotonic clock see both ends. OUT is read as committed. Prints percentiles in
// milliseconds as JSON; exit status 1 unless each tweet that was due after the warm-up has arrived
// once. With "silences" it says first when nothing came for a while: a line of two moments
// (CLOCK_MONOTONIC, ns), as soon as the second is there; and before them a line "live".

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.h"
#include "kafka/aborted_filter.h"
#include "kafka/fetcher.h"
#include "kafka/metadata.h"
#include "kafka/offset_finder.h"
#include "kafka/producer.h"
#include "net/epoll_loop.h"
#include "tweet.avro.h"
#include "wire/record_batch.h"
#include "wire/record_batch_builder.h"

namespace {

using namespace weir;
using com::miguno::avro::TweetView;
using Nanoseconds = std::int64_t;

constexpr std::size_t kBatchBytes = 256 * 1024;
constexpr int kBatchesUnderWay = 2;

[[noreturn]] void die(const Error& error) {
  std::fprintf(stderr, "latency_probe: %s\n", error.message().c_str());
  std::exit(1);
}

template <class T>
T value_or_die(Result<T> result) {
  if (!result.ok()) die(result.error());
  return std::move(*result);
}

Nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// When each tweet is due.
struct Schedule {
  Nanoseconds begin;
  Nanoseconds interval;
  std::int64_t warm_up_count;
  std::int64_t count;  ///< with those of the warm-up

  Nanoseconds due(std::int64_t index) const { return begin + index * interval; }
  /// Returns the place of a tweet among those that are measured, negative before.
  std::int64_t place(Nanoseconds due_at) const {
    return (due_at - begin) / interval - warm_up_count;
  }
};

kafka::ClientOptions client_options(const char* brokers) {
  kafka::ClientOptions options;
  options.bootstrap = value_or_die(kafka::parse_bootstrap(brokers));
  return options;
}

/// Writes the tweets when they are due: at once while few batches are under way, else gathered.
/// Runs on a loop and thread of its own.
class Generator final : kafka::Producer::Listener {
 public:
  Generator(net::Loop& loop, kafka::ClientOptions client, std::string topic, Schedule schedule)
      : context_{loop, std::move(client), BufferPool{std::size_t{8} << 20}, Log()},
        topic_(std::move(topic)),
        schedule_(schedule),
        metadata_(context_),
        producer_(context_, metadata_, {}, *this) {
    subscription_ = metadata_.subscribe([this](const Result<void>& outcome) { begin(outcome); });
    metadata_.add_topic(topic_);
  }

  bool done() const { return sent_ == schedule_.count && under_way_ == 0; }

 private:
  void begin(const Result<void>& outcome) {
    if (!outcome.ok()) die(outcome.error());
    const kafka::TopicMetadata* topic = metadata_.topic(topic_);
    if (partitions_ > 0 || topic == nullptr || topic->partitions.empty()) return;
    partitions_ = static_cast<std::int32_t>(topic->partitions.size());
    tick();
  }

  void tick() {
    send_what_is_due();
    if (sent_ == schedule_.count) return;
    const Nanoseconds wait = std::max<Nanoseconds>(schedule_.due(sent_) - now(), 0);
    timer_ = context_.loop.call_after(Duration(under_way_ < kBatchesUnderWay ? wait : kLongWait),
                                      [this] { tick(); });
  }

  void send_what_is_due() {
    if (under_way_ >= kBatchesUnderWay) return;
    wire::RecordBatchBuilder builder(context_.buffers.take(kBatchBytes));
    const Nanoseconds time = now();
    while (sent_ < schedule_.count && schedule_.due(sent_) <= time && fits(builder)) {
      add(builder, schedule_.due(sent_++));
    }
    if (builder.count() == 0) return;
    ++under_way_;
    next_partition_ = (next_partition_ + 1) % partitions_;
    producer_.send(
        {topic_, PartitionId{next_partition_}},
        value_or_die(std::move(builder).seal(wire::Compression::kNone, context_.buffers)),
        [this](const Result<Offset>& written) {
          if (!written.ok()) die(written.error());
          --under_way_;
          tick();
        });
  }

  static bool fits(const wire::RecordBatchBuilder& builder) { return builder.room() > 1024; }

  void add(wire::RecordBatchBuilder& builder, Nanoseconds due) {
    const TweetView tweet{"somebody", text_, due};
    // The record's own time is the calendar's: else a broker's retention would delete it.
    Codec<TweetView>::write(tweet, builder.append(context_.loop.clock().wall().millis, {},
                                                  Codec<TweetView>::size(tweet)));
  }

  void on_trouble(const Error& error) override { die(error); }
  void on_recovery() override {}

  static constexpr Nanoseconds kLongWait = 1'000'000'000;

  kafka::ClientContext context_;
  const std::string topic_;
  const Schedule schedule_;
  const std::string text_ = std::string(145, 'x');
  kafka::Metadata metadata_;
  kafka::Metadata::Subscription subscription_;
  kafka::Producer producer_;
  net::Timer timer_;
  std::int32_t partitions_ = 0;
  std::int32_t next_partition_ = 0;
  std::int64_t sent_ = 0;
  int under_way_ = 0;
};

/// Reads a topic from its end on and notes how late each measured tweet arrives.
class Arrivals final : kafka::Fetcher::Listener {
 public:
  Arrivals(net::Loop& loop, kafka::ClientOptions client, std::string topic, bool tells_silences)
      : context_{loop, std::move(client), BufferPool{std::size_t{8} << 20}, Log()},
        topic_(std::move(topic)),
        tells_silences_(tells_silences),
        metadata_(context_),
        finder_(context_, metadata_),
        fetcher_(context_, metadata_, fetch_options(), *this) {
    subscription_ = metadata_.subscribe([this](const Result<void>& outcome) { begin(outcome); });
    metadata_.add_topic(topic_);
  }

  bool live() const { return live_; }
  void expect(const Schedule& schedule) {
    schedule_ = schedule;
    delays_.assign(static_cast<std::size_t>(schedule.count - schedule.warm_up_count), -1);
  }
  bool complete() const { return seen_ >= delays_.size(); }
  std::size_t missing() const { return delays_.size() - seen_; }
  std::size_t repeated() const { return repeated_; }
  /// Returns the delays, in nanoseconds, sorted; without those of tweets that never came.
  std::vector<Nanoseconds> sorted() const {
    std::vector<Nanoseconds> delays = delays_;
    std::erase(delays, -1);
    std::sort(delays.begin(), delays.end());
    return delays;
  }

 private:
  static kafka::FetchOptions fetch_options() {
    kafka::FetchOptions options;
    options.read_committed = true;
    return options;
  }

  void begin(const Result<void>& outcome) {
    if (!outcome.ok()) die(outcome.error());
    const kafka::TopicMetadata* topic = metadata_.topic(topic_);
    if (begun_ || topic == nullptr || topic->partitions.empty()) return;
    begun_ = true;
    kafka::OffsetQuestions questions;
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      questions[{topic_, PartitionId{static_cast<std::int32_t>(i)}}] = kafka::OffsetSpec::latest();
    }
    finder_.find(questions, std::chrono::seconds(10), [this](Result<kafka::FoundOffsets> found) {
      if (!found.ok()) die(found.error());
      for (const auto& [partition, offset] : *found) fetcher_.assign(partition, {*offset});
      live_ = true;
    });
  }

  void on_chunk(kafka::FetchedChunk chunk) override {
    const Nanoseconds arrived = now();
    kafka::AbortedFilter aborted(chunk.aborted);
    wire::RecordBatchCursor cursor(chunk.batches);
    for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
      if (aborted.drops(**batch) || (*batch)->header.control()) continue;
      std::string scratch;
      const auto payload =
          value_or_die(wire::decompressed_payload(**batch, scratch, std::size_t{64} << 20));
      const auto read =
          wire::for_each_record((*batch)->header, payload, [&](const wire::RecordView& record) {
            if (record.offset >= chunk.from.value) note(record.value, arrived);
          });
      if (!read.ok()) die(read.error());
    }
  }

  void note(std::string_view value, Nanoseconds arrived) {
    TweetView tweet;
    if (!schedule_ || !Codec<TweetView>::read(value, tweet)) return;
    note_silence(arrived);
    const std::int64_t place = schedule_->place(tweet.timestamp);
    if (place < 0 || place >= static_cast<std::int64_t>(delays_.size())) return;
    Nanoseconds& delay = delays_[static_cast<std::size_t>(place)];
    if (delay >= 0) {
      ++repeated_;
      return;
    }
    delay = arrived - tweet.timestamp;
    ++seen_;
  }

  void note_silence(Nanoseconds arrived) {
    if (tells_silences_ && last_ > 0 && arrived - last_ >= kSilence) {
      std::printf("%lld %lld\n", static_cast<long long>(last_), static_cast<long long>(arrived));
      std::fflush(stdout);
    }
    last_ = arrived;
  }

  void on_out_of_range(const kafka::TopicPartition& partition, Offset) override {
    die(Error(ErrorCode::kCorrupt, "the end of " + partition.topic + " has gone away"));
  }
  void on_cut_off(const kafka::TopicPartition& partition, Offset, kafka::LogPosition) override {
    die(Error(ErrorCode::kCorrupt, partition.topic + " was cut off"));
  }
  void on_failure(const kafka::TopicPartition&, const Error& error) override { die(error); }
  void on_trouble(const Error& error) override { die(error); }
  void on_recovery() override {}

  static constexpr Nanoseconds kSilence = 5'000'000;

  kafka::ClientContext context_;
  const std::string topic_;
  const bool tells_silences_;
  Nanoseconds last_ = 0;
  kafka::Metadata metadata_;
  kafka::Metadata::Subscription subscription_;
  kafka::OffsetFinder finder_;
  kafka::Fetcher fetcher_;
  bool begun_ = false;
  bool live_ = false;
  std::optional<Schedule> schedule_;
  std::vector<Nanoseconds> delays_;  // -1 until the tweet has come
  std::size_t seen_ = 0;
  std::size_t repeated_ = 0;
};

void generate(std::stop_token stop, const char* brokers, const char* topic, Schedule schedule) {
  const auto loop = value_or_die(net::EpollLoop::create());
  Generator generator(*loop, client_options(brokers), topic, schedule);
  while (!generator.done() && !stop.stop_requested()) loop->run_once(std::chrono::seconds(1));
}

void print(const std::vector<Nanoseconds>& delays, const Arrivals& arrivals) {
  const auto at = [&](double share) {
    const double index = share * static_cast<double>(delays.size() - 1);
    return static_cast<double>(delays[static_cast<std::size_t>(index)]) * 1e-6;
  };
  std::printf(
      "{\"count\": %zu, \"missing\": %zu, \"repeated\": %zu, \"p50\": %.3f, \"p90\": %.3f, "
      "\"p99\": %.3f, \"p999\": %.3f, \"max\": %.3f}\n",
      delays.size(), arrivals.missing(), arrivals.repeated(), at(0.5), at(0.9), at(0.99), at(0.999),
      at(1));
}

int measure(const char* brokers, const char* source, const char* out, Schedule schedule,
            bool tells_silences) {
  const auto loop = value_or_die(net::EpollLoop::create());
  Arrivals arrivals(*loop, client_options(brokers), out, tells_silences);
  while (!arrivals.live()) loop->run_once(std::chrono::seconds(1));
  if (tells_silences) std::puts("live");
  std::fflush(stdout);
  schedule.begin = now() + 100'000'000;
  arrivals.expect(schedule);
  const std::jthread generator(
      [=](std::stop_token stop) { generate(stop, brokers, source, schedule); });
  const Nanoseconds patience = schedule.due(schedule.count) + 10'000'000'000;
  while (!arrivals.complete() && now() < patience) loop->run_once(std::chrono::seconds(1));
  const std::vector<Nanoseconds> delays = arrivals.sorted();
  if (delays.empty()) {
    die(Error(ErrorCode::kUnavailable, "nothing arrived from " + std::string(out)));
  }
  print(delays, arrivals);
  return arrivals.missing() == 0 && arrivals.repeated() == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const bool tells_silences = count == 8 && std::string_view(arguments[7]) == "silences";
  if (count != 7 && !tells_silences) {
    std::fprintf(stderr,
                 "usage: latency_probe BROKERS SOURCE OUT RATE WARM_UP_SECONDS SECONDS "
                 "[silences]\n");
    return 2;
  }
  const std::int64_t rate = std::max<std::int64_t>(std::atoll(arguments[4]), 1);
  const std::int64_t warm_up = rate * std::atoll(arguments[5]);
  const std::int64_t measured = rate * std::max<std::int64_t>(std::atoll(arguments[6]), 1);
  return measure(arguments[1], arguments[2], arguments[3],
                 {0, 1'000'000'000 / rate, warm_up, warm_up + measured}, tells_silences);
}
