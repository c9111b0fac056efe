#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "weir/types.h"
#include "wire/record_batch.h"

namespace weir::broker {

/// What a partition knows of the idempotent producers that wrote to it: the epoch of each and its
/// last batches, so that a batch sent again is recognised and a gap is refused. Kafka's rules:
/// the last five batches are remembered; a producer that is not known may begin anywhere.
/// Owned by its Partition; one thread.
class ProducerSequences {
 public:
  /// Remembers at most `max_producers`; beyond that, those that have been quiet longest are
  /// forgotten.
  explicit ProducerSequences(std::size_t max_producers) : max_producers_(max_producers) {}

  /// What check() found.
  struct Verdict {
    std::int16_t error = 0;              ///< a Kafka error code; 0 to append
    std::optional<Offset> duplicate_of;  ///< set where the batch is in the log already
    std::int64_t max_timestamp = -1;     ///< of that batch there
  };
  /// Says whether a batch may be appended. Batches without producer id always may.
  Verdict check(const wire::RecordBatchHeader& batch) const;

  /// The producer's epoch; -1 where it is not known.
  std::int16_t epoch_of(std::int64_t producer_id) const;
  /// Where its last transaction ended; nothing where it has ended none.
  std::optional<Offset> end_marker_of(std::int64_t producer_id) const;
  /// Whether no batch of its producer is known to have come behind this one, which is known.
  bool ends_with(const wire::RecordBatchHeader& batch) const;

  /// Takes note of a batch that was appended at `base_offset`. The end of a transaction has no
  /// sequence, but may have a new epoch, and says of which epoch the coordinator was.
  void record(const wire::RecordBatchHeader& batch, Offset base_offset,
              std::int32_t coordinator_epoch = -1);

  /// What is known of a producer, for people.
  struct Known {
    std::int64_t id = -1;
    std::int16_t epoch = -1;
    std::int32_t last_sequence = -1;
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = -1;
  };
  /// What is known of a producer; nothing where it is not known.
  std::optional<Known> find(std::int64_t producer_id) const;
  /// All that are known, by their ids.
  std::vector<Known> all() const;

 private:
  static constexpr std::size_t kRemembered = 5;
  struct Batch {
    std::int32_t first_sequence = -1;
    std::int32_t last_sequence = -1;
    Offset base_offset;
    std::int64_t max_timestamp = -1;
  };
  struct Producer {
    std::int16_t epoch = -1;
    std::array<Batch, kRemembered> batches;  // a ring; unused places have sequence -1
    std::size_t newest = 0;
    std::optional<Offset> end_marker;
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = -1;  // of whoever ended its last transaction
    std::uint64_t last_use = 0;
  };

  static Known known(std::int64_t id, const Producer& producer);
  void forget_quietest_half();

  std::size_t max_producers_;
  std::uint64_t uses_ = 0;
  std::unordered_map<std::int64_t, Producer> producers_;
};

}  // namespace weir::broker
