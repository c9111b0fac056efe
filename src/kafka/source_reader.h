#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/fetcher.h"
#include "kafka/metadata.h"
#include "plan/io.h"

namespace weir::kafka {

/// Tells one assignment of a partition from the next: what a worker reports of an earlier one is
/// void.
using AssignmentId = std::uint64_t;

/// A partition for a worker to read.
struct ReadOrder {
  AssignmentId id = 0;
  const RecordOrigin* origin = nullptr;
  LogPosition position;
  std::optional<Offset> end;  ///< nothing from here on is wanted
};

/// What a worker has read of an assigned partition.
struct ReadReport {
  AssignmentId id = 0;
  std::vector<plan::Piece> pieces;
  Offset high_watermark;
  /// Set where there is nothing to read behind the pieces, nor will be: the offset that is not in
  /// the log. The partition rests until it is assigned anew.
  std::optional<Offset> out_of_range;
  /// Set with it where the log was cut off: up to where it is still what was read.
  std::optional<LogPosition> common = {};
  /// Where the records of one leader end and those of the next begin: a first offset and an epoch.
  std::vector<std::pair<Offset, std::int32_t>> epochs = {};
};

/// One worker's end of a Kafka source: fetches ahead, keeps what was fetched until it is released,
/// and reads it out for tasks. Owned by the KafkaSource, on the worker's thread.
class SourceReader final : public plan::Reader, private Fetcher::Listener {
 public:
  /// Where reports go; called on the worker's thread.
  struct Reports {
    std::function<void(std::vector<ReadReport>)> on_read;
    std::function<void(const Error&)> on_failure;
    std::function<void(const std::string&)> on_trouble;
  };
  SourceReader(net::Loop& loop, ClientOptions client, FetchOptions fetch, Log log, Reports reports);

  /// Begins to read partitions, of which nothing is kept.
  void assign(const std::vector<ReadOrder>& orders);
  /// Reads a partition no more and drops what was fetched of it: no batch under way has any.
  void remove(const RecordOrigin* origin);
  /// Drops what was fetched of a partition before `until`.
  void release(const RecordOrigin* origin, Offset until);

  Result<void> read(const plan::Slice& slice, TaskContext& context, Sink<Record>& into) override;

 private:
  struct Partition {
    AssignmentId id = 0;
    std::optional<Offset> end;
    std::deque<FetchedChunk> chunks;
  };
  class Reading;

  void on_chunk(FetchedChunk chunk) override;
  void on_out_of_range(const TopicPartition& partition, Offset position) override;
  void on_cut_off(const TopicPartition& partition, Offset position, LogPosition common) override;
  void on_failure(const TopicPartition& partition, const Error& error) override;
  void on_trouble(const Error& error) override { reports_.on_trouble(error.message()); }
  void on_recovery() override { reports_.on_trouble(""); }

  Partition& find(const TopicPartition& name) { return partitions_.at(origins_.at(name)); }
  ReadReport& report_on(const Partition& partition);
  std::string& next_scratch();

  ClientContext context_;
  Reports reports_;
  std::map<const RecordOrigin*, Partition> partitions_;
  std::map<TopicPartition, const RecordOrigin*> origins_;  // of partitions_
  std::map<AssignmentId, ReadReport> unreported_;
  // Decompressed payloads of the running task: views into them live as long as it.
  std::deque<std::string> scratch_;
  std::size_t scratch_used_ = 0;
  Metadata metadata_;
  Fetcher fetcher_;
  // Expires with this object: a planned report may come after it.
  std::shared_ptr<SourceReader*> self_ = std::make_shared<SourceReader*>(this);
};

}  // namespace weir::kafka
