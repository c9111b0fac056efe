// The least a Kafka-to-Kafka job can cost on our own client: fetch, decode, encode, produce, in one
// thread without the engine. The yardstick that the tweets job is held against.
//
//   bare_loop BROKERS SOURCE OUT RECORDS     takes so many records, then ends
//   bare_loop BROKERS SOURCE OUT 0           goes on, from the end of SOURCE, until it is stopped

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
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

constexpr std::size_t kBatchBytes = 512 * 1024;
constexpr std::size_t kPendingBytes = 10 << 20;

[[noreturn]] void die(const Error& error) {
  std::fprintf(stderr, "bare_loop: %s\n", error.message().c_str());
  std::exit(1);
}

/// Fetches, turns each chunk into output batches of the same partition, and produces them.
class BareLoop final : kafka::Fetcher::Listener, kafka::Producer::Listener {
 public:
  BareLoop(net::Loop& loop, kafka::ClientOptions client, std::string source, std::string out,
           std::int64_t records)
      : context_{loop, std::move(client), BufferPool{std::size_t{32} << 20}, Log()},
        source_(std::move(source)),
        out_(std::move(out)),
        records_(records),
        metadata_(context_),
        finder_(context_, metadata_),
        fetcher_(context_, metadata_, fetch_options(), *this),
        producer_(context_, metadata_, {}, *this) {
    subscription_ = metadata_.subscribe([this](const Result<void>& outcome) { begin(outcome); });
    metadata_.add_topic(source_);
    metadata_.add_topic(out_);
  }

  bool done() const { return records_ > 0 && acknowledged_ >= records_; }

 private:
  static kafka::FetchOptions fetch_options() {
    kafka::FetchOptions options;
    options.read_ahead_bytes = 16 << 20;
    return options;
  }

  void begin(const Result<void>& outcome) {
    if (!outcome.ok()) die(outcome.error());
    const kafka::TopicMetadata* topic = metadata_.topic(source_);
    if (begun_ || topic == nullptr || topic->partitions.empty()) return;
    begun_ = true;
    kafka::OffsetQuestions questions;
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
      questions[{source_, PartitionId{static_cast<std::int32_t>(i)}}] =
          records_ > 0 ? kafka::OffsetSpec::earliest() : kafka::OffsetSpec::latest();
    }
    finder_.find(questions, std::chrono::seconds(10), [this](Result<kafka::FoundOffsets> found) {
      if (!found.ok()) die(found.error());
      for (const auto& [partition, offset] : *found) fetcher_.assign(partition, {*offset});
    });
  }

  void on_chunk(kafka::FetchedChunk chunk) override {
    waiting_.push_back(std::move(chunk));
    work();
  }
  void on_out_of_range(const kafka::TopicPartition&, Offset) override { std::abort(); }
  void on_cut_off(const kafka::TopicPartition&, Offset, kafka::LogPosition) override {
    std::abort();
  }
  void on_failure(const kafka::TopicPartition&, const Error& error) override { die(error); }
  // A topic that was just created is not known to all brokers at once: the client goes on by
  // itself.
  void on_trouble(const Error& error) override {
    std::fprintf(stderr, "bare_loop: %s\n", error.message().c_str());
  }
  void on_recovery() override {}

  void work() {
    while (!waiting_.empty() && producer_.pending_bytes() < kPendingBytes) {
      const kafka::FetchedChunk chunk = std::move(waiting_.front());
      waiting_.pop_front();
      process(chunk);
    }
  }

  void process(const kafka::FetchedChunk& chunk) {
    std::optional<wire::RecordBatchBuilder> builder;
    wire::RecordBatchCursor cursor(chunk.batches);
    for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
      std::string scratch;
      auto payload = wire::decompressed_payload(**batch, scratch, 64 << 20);
      if (!payload.ok()) die(payload.error());
      const auto read =
          wire::for_each_record((*batch)->header, *payload, [&](const wire::RecordView& record) {
            if (record.offset < chunk.from.value || !Codec<TweetView>::read(record.value, tweet_)) {
              return;
            }
            const std::size_t size = Codec<TweetView>::size(tweet_);
            if (builder && builder->room() < size + wire::RecordBatchBuilder::kMaxRecordOverhead) {
              send(chunk.source.partition, std::move(*std::exchange(builder, std::nullopt)));
            }
            if (!builder) builder.emplace(context_.buffers.take(kBatchBytes));
            Codec<TweetView>::write(tweet_, builder->append(record.timestamp, {}, size));
          });
      if (!read.ok()) die(read.error());
    }
    if (builder && builder->count() > 0) send(chunk.source.partition, std::move(*builder));
  }

  void send(PartitionId partition, wire::RecordBatchBuilder builder) {
    const std::int32_t count = builder.count();
    auto batch = std::move(builder).seal(wire::Compression::kNone, context_.buffers);
    if (!batch.ok()) die(batch.error());
    producer_.send({out_, partition}, std::move(*batch), [this, count](Result<Offset> written) {
      if (!written.ok()) die(written.error());
      acknowledged_ += count;
      work();
    });
  }

  kafka::ClientContext context_;
  const std::string source_;
  const std::string out_;
  const std::int64_t records_;
  kafka::Metadata metadata_;
  kafka::Metadata::Subscription subscription_;
  kafka::OffsetFinder finder_;
  kafka::Fetcher fetcher_;
  kafka::Producer producer_;
  bool begun_ = false;
  std::deque<kafka::FetchedChunk> waiting_;
  TweetView tweet_;
  std::int64_t acknowledged_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bare_loop BROKERS SOURCE OUT RECORDS\n");
    return 2;
  }
  kafka::ClientOptions client;
  auto bootstrap = kafka::parse_bootstrap(argv[1]);
  if (!bootstrap.ok()) die(bootstrap.error());
  client.bootstrap = std::move(*bootstrap);
  auto loop = net::EpollLoop::create();
  if (!loop.ok()) die(loop.error());
  BareLoop bare(**loop, std::move(client), argv[2], argv[3], std::atoll(argv[4]));
  while (!bare.done()) (*loop)->run_once(std::chrono::seconds(1));
  return 0;
}
