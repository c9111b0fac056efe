#pragma once

#include <string>

#include "base/buffer.h"
#include "kafka/produce_queue.h"
#include "kafka/topic_partition.h"
#include "weir/types.h"

namespace weir::kafka {

/// Takes the record batches that one worker's tasks have closed to their partitions, in order. Used
/// on the worker's thread.
class BatchCarrier {
 public:
  virtual ~BatchCarrier() = default;
  /// Record batches of this topic will come.
  virtual void expect(const std::string& topic) = 0;
  /// Accepts a sealed record batch that a batch of the engine wrote. `done` is never called from
  /// here.
  virtual void send(BatchTime batch, const TopicPartition& partition, Buffer bytes,
                    DeliveryHandler done) = 0;
  /// Bytes accepted and not yet acknowledged.
  virtual std::size_t pending_bytes() const = 0;
};

}  // namespace weir::kafka
