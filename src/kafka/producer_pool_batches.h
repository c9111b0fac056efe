#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "kafka/partitioner.h"
#include "kafka/topic_partition.h"
#include "weir/producer_pool.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {

/// A sealed record batch and what must be known of it while it is on its way.
struct ClosedBatch {
  TopicPartition to;
  Buffer bytes;
  std::int32_t records = 0;
};

/// A lease's record batches while they are being built: one for each partition that was written to.
/// Owned by the lease, on its thread.
class LeaseBatches {
 public:
  struct Options {
    Compression compression = Compression::kNone;
    std::size_t batch_bytes = 0;  ///< batches are closed at this size
    /// Where records without a key begin, modulo the topic's partitions.
    std::int32_t first_partition = 0;
  };
  LeaseBatches(Options options, BufferPool& buffers) : options_(options), buffers_(buffers) {}

  bool knows(std::string_view topic) const { return topics_.contains(topic); }
  /// Tells how many partitions a topic has; at least one.
  void add_topic(std::string_view topic, std::int32_t partitions);

  /// Copies a record, with `now` as its time unless it has one, into its partition's batch. The
  /// topic is known. Fails when the record is too large or names a partition that is not there.
  Result<void> append(std::string_view topic, const OutgoingRecord& record, WallTime now);

  /// Closes all batches.
  Result<void> close_all();
  /// Gives away the batches that are closed.
  std::vector<ClosedBatch> take_closed();
  /// The memory of the batches that are not closed.
  std::size_t open_bytes() const { return open_bytes_; }
  /// How many records have been appended and not yet given away.
  std::int64_t records() const { return records_; }

 private:
  using Builder = std::optional<wire::RecordBatchBuilder>;
  struct Topic {
    Partitioner partitioner;
    std::vector<Builder> open;  // one for each partition
  };

  static Result<std::size_t> partition_for(std::string_view name, const Topic& topic,
                                           const OutgoingRecord& record);
  Result<void> check_size(std::string_view topic, std::size_t needed) const;
  /// Fills headers_ and returns a bound of what the record needs in a batch.
  std::size_t measure(const OutgoingRecord& record);
  Buffer space_for(std::size_t needed);
  Result<void> close(std::string_view name, Topic& topic, std::size_t partition);

  const Options options_;
  BufferPool& buffers_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::vector<ClosedBatch> closed_;
  std::vector<wire::RecordHeader> headers_;  // kept for its memory
  std::size_t open_bytes_ = 0;
  std::int64_t records_ = 0;
};

}  // namespace weir::kafka
