#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/record.h"
#include "weir/types.h"

namespace weir {

/// Takes the records that one task writes to one output. Nothing leaves before the task succeeded.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;

  /// What an output needs to know of a record besides its value.
  struct Envelope {
    WallTime timestamp;
    std::optional<std::string_view> key;
    std::span<const HeaderView> headers;
    std::optional<PartitionId> partition;  ///< set to choose it oneself
    bool has_value = true;                 ///< false writes a null value; its size is 0 then
  };
  /// Adds a record and returns where its `value_size` bytes are to be written, before the next
  /// call. Throws weir::detail::TaskError when the record is larger than the output takes, or the
  /// task writes more than it may.
  virtual char* append(const Envelope& envelope, std::size_t value_size) = 0;
};

/// Records of one partition at rest between two stages. Immutable once delivered.
class Block {
 public:
  virtual ~Block() = default;
  /// About how many bytes of memory the block holds.
  virtual std::size_t memory_bytes() const = 0;
};

/// Which output of the pipeline, which exchange: an index given out when it was added.
enum class OutputIndex : std::uint32_t {};
enum class ExchangeIndex : std::uint32_t {};

/// Where a task delivers records: an exchange, and by which branch of the unions before it they
/// come. The exchange hands them on in the order of branches.
struct ExchangePort {
  ExchangeIndex exchange{};
  std::uint32_t branch = 0;
};

/// How a batch stands to those before it, for what operators remember.
struct StateTimes {
  BatchTime batch;
  BatchTime follows;    ///< the batch that it builds on; what later ones did is void
  BatchTime committed;  ///< what batches up to this one did stays
};

/// What a stateful operator remembers of one partition, from batch to batch. Used by one thread.
class PartitionState {
 public:
  virtual ~PartitionState() = default;
  /// A task of a batch begins, perhaps once more.
  virtual void begin(const StateTimes& times) = 0;
  /// About how many bytes of memory it holds.
  virtual std::size_t memory_bytes() const = 0;
  /// When a batch should come at the latest, even an empty one.
  virtual std::optional<BatchTime> due() const = 0;
  /// Appends what this batch has changed, as entries (see weir/state_entries.h).
  virtual void write_changes(std::string& entries) const = 0;
  /// Appends all that it holds.
  virtual void write_all(std::string& entries) const = 0;
};

/// Which stateful operator of the pipeline: an index given out when it was added.
enum class StateIndex : std::uint32_t {};

/// What a running task offers its operators. Owned by the task, used by its thread only.
class TaskContext {
 public:
  virtual ~TaskContext() = default;

  virtual BatchTime batch_time() const = 0;
  /// The batch's input, all sources and partitions.
  virtual const std::vector<OffsetRange>& offset_ranges() const = 0;
  /// The partition the task works on: of the source, or of the exchange it reads.
  virtual PartitionId partition() const = 0;
  /// The writer of this task to an output; the same one each time.
  virtual RecordWriter& writer(OutputIndex output) = 0;
  /// Hands records over to partition `target` of an exchange. Throws weir::detail::TaskError when
  /// the exchange's memory is spent.
  virtual void deliver(ExchangePort port, PartitionId target,
                       std::unique_ptr<const Block> block) = 0;
  /// Counts memory that an operator holds until the task ends, in the batch's memory. Throws
  /// weir::detail::TaskError when that is spent. For operators that say `counts_memory` of
  /// themselves.
  virtual void count_held(std::size_t bytes) = 0;
  /// Returns what a stateful operator remembers of this task's partition, ready for this batch.
  /// Once for each operator.
  virtual PartitionState& state(StateIndex index) = 0;
  /// Counts a record that was dropped by the error policy.
  virtual void count_skipped() = 0;
  /// The topic that `partition()` is of; empty behind an exchange.
  virtual std::string_view topic() const { return {}; }

  /// The timestamp of the record being processed; outputs give it to what they write.
  WallTime record_time;
};

}  // namespace weir
