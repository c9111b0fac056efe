#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/admin.h"
#include "kafka/fetcher.h"
#include "kafka/offset_finder.h"
#include "kafka/topic_questions.h"
#include "plan/transactions.h"

namespace weir::kafka {

/// The values that an instance keeps in a compacted topic: records "<instance>/<name>", all in one
/// partition. Makes the topic, reads what is committed, and makes record batches to be written. All
/// transactions of this instance are over when it reads; it does not wait for those of others.
/// Owned by Transactions, on the driver's loop; destroying it drops what is under way.
class KeptValues final : private Fetcher::Listener {
 public:
  KeptValues(ClientContext& context, Metadata& metadata, std::string topic, std::string instance);

  /// Sees to it that the topic is there and is compacted. `opened` comes once.
  void open(plan::Done opened);
  /// Reads what is committed: values() is that then. `done` comes once; a call of before is
  /// dropped.
  void read(plan::Done done);
  std::vector<plan::KeptValue> values() const;

  /// Where they are. After open().
  const TopicPartition& place() const { return place_; }
  /// Returns a sealed record batch with these values.
  Result<Buffer> batch_of(const std::vector<plan::KeptValue>& values) const;

 private:
  void on_partitions(const Result<std::int32_t>& partitions);
  void create();
  void check_settings();
  void on_ends(const Result<FoundOffsets>& ends);
  void read_from(Offset start);
  void take(const FetchedChunk& chunk);
  void take_batch(const wire::RecordBatchView& batch);
  void take_end(const wire::RecordBatchView& marker);
  /// A record of the topic; without a value it says that there is none any more.
  struct Written {
    Offset at{};
    std::optional<std::string> value;
  };
  using ByName = std::map<std::string, Written>;
  void apply(ByName changes);
  void finish(Result<void> outcome);

  void on_chunk(FetchedChunk chunk) override;
  void on_out_of_range(const TopicPartition& partition, Offset position) override;
  void on_cut_off(const TopicPartition& partition, Offset position, LogPosition common) override;
  void on_failure(const TopicPartition& partition, const Error& error) override;
  void on_trouble(const Error&) override {}
  void on_recovery() override {}

  ClientContext& context_;
  Metadata& metadata_;
  const std::string instance_;
  TopicPartition place_;
  Admin admin_;
  TopicQuestions questions_;
  OffsetFinder starts_;
  OffsetFinder ends_;
  ByName values_;
  /// What transactions have written whose end has not been read, by producer.
  std::map<std::int64_t, ByName> undecided_;

  plan::Done opened_;
  plan::Done done_;
  std::uint64_t round_ = 0;  // counts calls of read(): answers to others are void
  Offset end_{};
  std::unique_ptr<Fetcher> fetcher_;  // while it reads
};

}  // namespace weir::kafka
