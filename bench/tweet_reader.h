#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "kafka/fetcher.h"
#include "kafka/metadata.h"
#include "kafka/offset_finder.h"
#include "tweet.avro.h"
#include "wire/record_batch_builder.h"

namespace weir::bench {

/// Ends the program with a sentence: these are benchmark programs, not a library.
[[noreturn]] void die(const Error& error);

/// What the bare loops on weir's own client have in common: reads all partitions of a topic of
/// tweets, decodes each record, and encodes it again into sealed record batches of the same
/// partition. Owned by a loop, beside its ClientContext and Metadata, which outlive it.
class TweetReader final : kafka::Fetcher::Listener {
 public:
  struct Options {
    std::string topic;
    /// Else from its end on.
    bool from_start = true;
    bool read_committed = false;
  };
  /// `on_input` is told whenever there is something to take.
  TweetReader(kafka::ClientContext& context, kafka::Metadata& metadata, Options options,
              std::function<void()> on_input);

  bool has_input() const { return !waiting_.empty(); }

  struct Taken {
    kafka::TopicPartition source;
    kafka::LogPosition until;  ///< what comes next of it begins here
  };
  using Send = std::function<void(PartitionId partition, std::int32_t count, Buffer batch)>;
  /// Turns what came next into output, which goes to `send`.
  Taken take(const Send& send);

 private:
  void begin(const Result<void>& outcome);
  void convert(const kafka::FetchedChunk& chunk, const Send& send);
  void close(PartitionId partition, wire::RecordBatchBuilder builder, const Send& send);

  void on_chunk(kafka::FetchedChunk chunk) override;
  void on_out_of_range(const kafka::TopicPartition& partition, Offset position) override;
  void on_cut_off(const kafka::TopicPartition& partition, Offset position,
                  kafka::LogPosition common) override;
  void on_failure(const kafka::TopicPartition&, const Error& error) override { die(error); }
  void on_trouble(const Error& error) override;
  void on_recovery() override {}

  kafka::ClientContext& context_;
  kafka::Metadata& metadata_;
  const Options options_;
  const std::function<void()> on_input_;
  kafka::Metadata::Subscription subscription_;
  kafka::OffsetFinder finder_;
  kafka::Fetcher fetcher_;
  bool begun_ = false;
  std::deque<kafka::FetchedChunk> waiting_;
  com::miguno::avro::TweetView tweet_;
};

}  // namespace weir::bench
