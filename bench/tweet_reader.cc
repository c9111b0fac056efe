#include "tweet_reader.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "kafka/aborted_filter.h"
#include "wire/record_batch.h"

namespace weir::bench {

namespace {

using com::miguno::avro::TweetView;

constexpr std::size_t kBatchBytes = 512 * 1024;

kafka::FetchOptions fetch_options(bool read_committed) {
  kafka::FetchOptions options;
  options.read_ahead_bytes = 16 << 20;
  options.read_committed = read_committed;
  return options;
}

}  // namespace

void die(const Error& error) {
  std::fprintf(stderr, "bare loop: %s\n", error.message().c_str());
  std::exit(1);
}

TweetReader::TweetReader(kafka::ClientContext& context, kafka::Metadata& metadata, Options options,
                         std::function<void()> on_input)
    : context_(context),
      metadata_(metadata),
      options_(std::move(options)),
      on_input_(std::move(on_input)),
      finder_(context_, metadata_),
      fetcher_(context_, metadata_, fetch_options(options_.read_committed), *this) {
  subscription_ = metadata_.subscribe([this](const Result<void>& outcome) { begin(outcome); });
  metadata_.add_topic(options_.topic);
}

void TweetReader::begin(const Result<void>& outcome) {
  if (!outcome.ok()) die(outcome.error());
  const kafka::TopicMetadata* topic = metadata_.topic(options_.topic);
  if (begun_ || topic == nullptr || topic->partitions.empty()) return;
  begun_ = true;
  kafka::OffsetQuestions questions;
  for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
    questions[{options_.topic, PartitionId{static_cast<std::int32_t>(i)}}] =
        options_.from_start ? kafka::OffsetSpec::earliest() : kafka::OffsetSpec::latest();
  }
  finder_.find(questions, std::chrono::seconds(10), [this](Result<kafka::FoundOffsets> found) {
    if (!found.ok()) die(found.error());
    for (const auto& [partition, offset] : *found) fetcher_.assign(partition, {*offset});
  });
}

void TweetReader::on_chunk(kafka::FetchedChunk chunk) {
  waiting_.push_back(std::move(chunk));
  on_input_();
}

void TweetReader::on_out_of_range(const kafka::TopicPartition&, Offset) { std::abort(); }

void TweetReader::on_cut_off(const kafka::TopicPartition&, Offset, kafka::LogPosition) {
  std::abort();
}

// A topic that was just created is not known to all brokers at once: the client goes on by itself.
void TweetReader::on_trouble(const Error& error) {
  std::fprintf(stderr, "bare loop: %s\n", error.message().c_str());
}

TweetReader::Taken TweetReader::take(const Send& send) {
  const kafka::FetchedChunk chunk = std::move(waiting_.front());
  waiting_.pop_front();
  convert(chunk, send);
  return {chunk.source, {chunk.until, chunk.until_epoch}};
}

void TweetReader::convert(const kafka::FetchedChunk& chunk, const Send& send) {
  const PartitionId partition = chunk.source.partition;
  std::optional<wire::RecordBatchBuilder> builder;
  kafka::AbortedFilter aborted(chunk.aborted);
  wire::RecordBatchCursor cursor(chunk.batches);
  for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
    if (!chunk.aborted.empty() && aborted.drops(**batch)) continue;
    if ((*batch)->header.control()) continue;
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
            close(partition, std::move(*std::exchange(builder, std::nullopt)), send);
          }
          if (!builder) builder.emplace(context_.buffers.take(kBatchBytes));
          Codec<TweetView>::write(tweet_, builder->append(record.timestamp, {}, size));
        });
    if (!read.ok()) die(read.error());
  }
  if (builder && builder->count() > 0) close(partition, std::move(*builder), send);
}

void TweetReader::close(PartitionId partition, wire::RecordBatchBuilder builder, const Send& send) {
  const std::int32_t count = builder.count();
  auto batch = std::move(builder).seal(wire::Compression::kNone, context_.buffers);
  if (!batch.ok()) die(batch.error());
  send(partition, count, std::move(*batch));
}

}  // namespace weir::bench
