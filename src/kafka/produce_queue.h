#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "kafka/topic_partition.h"
#include "weir/result.h"

namespace weir::kafka {

/// Who writes, to a broker that drops what it has had before: an id, and an epoch of it.
struct ProducerIdentity {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
  bool operator==(const ProducerIdentity&) const = default;
};

/// Is called once, with the offset of the batch's first record or with why it was not written.
using DeliveryHandler = std::function<void(Result<Offset>)>;

/// A sealed record batch that has been accepted and not yet acknowledged.
struct PendingBatch {
  PendingBatch(Buffer sealed, TimePoint expires_at, DeliveryHandler handler);

  Buffer bytes;
  DeliveryHandler done;
  std::int32_t records = 0;
  TimePoint expires;
  /// Its place in the partition's order, given when it is first sent; -1 before.
  std::int32_t sequence = -1;
  bool in_flight = false;
};

/// The batches of one partition on their way to its leader, in order: what may be sent next, and
/// what must be sent again. A broker takes batches of one producer only in the order of their
/// sequences; so when one comes back, all that follow it come back first, and then they are sent
/// again in order with the sequences they had. Owned by a Producer.
class ProduceQueue {
 public:
  explicit ProduceQueue(TopicPartition partition) : partition_(std::move(partition)) {}

  const TopicPartition& partition() const { return partition_; }
  void add(std::shared_ptr<PendingBatch> batch);
  bool empty() const { return batches_.empty(); }
  std::size_t in_flight() const { return in_flight_; }
  /// Bytes of batches that are not under way.
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  /// Where the last batch went.
  NodeId sent_to() const { return sent_to_; }

  /// The batch to send next; null while there is none, or those under way must come back first.
  std::shared_ptr<PendingBatch> next(TimePoint now) const;
  /// When next() may have something although it has nothing now.
  std::optional<TimePoint> not_before() const;

  /// Marks next()'s batch as under way to a broker, and completes it for this identity.
  void begin(PendingBatch& batch, const ProducerIdentity& identity, NodeId to);
  /// It was written: takes it out.
  void acknowledge(const PendingBatch& batch);
  /// It came back and is to be sent again, not before a moment.
  void give_back(PendingBatch& batch, TimePoint not_before);
  /// It will never be written: takes it out.
  void drop(const PendingBatch& batch);
  /// It was refused and others take its place, with sequences of their own. The broker takes none
  /// of those behind it before, so they get new ones too.
  void replace(const PendingBatch& batch, std::vector<std::shared_ptr<PendingBatch>> parts);
  /// Takes out what has waited too long and is not under way.
  std::vector<std::shared_ptr<PendingBatch>> take_expired(TimePoint now);

  /// When the first of those that are not under way will have waited too long.
  std::optional<TimePoint> next_expiry() const;

  /// True for the batch that all others follow.
  bool is_first(const PendingBatch& batch) const { return batches_.front().get() == &batch; }
  /// Begins sequences anew, under a new identity. Nothing is under way.
  void restart();

 private:
  void take_out(const PendingBatch& batch);
  void landed(const PendingBatch& batch);

  const TopicPartition partition_;
  std::deque<std::shared_ptr<PendingBatch>> batches_;  // shared with the requests under way
  std::size_t in_flight_ = 0;
  std::size_t waiting_bytes_ = 0;
  NodeId sent_to_ = -1;
  std::int32_t next_sequence_ = 0;
  /// Something came back: nothing is sent until all under way has.
  bool rewinding_ = false;
  /// The leader has taken a batch of this identity. A broker that knows nothing of a producer takes
  /// any sequence as its first, so until then one batch at a time is sent.
  bool proven_ = false;
  TimePoint not_before_{};
};

}  // namespace weir::kafka
