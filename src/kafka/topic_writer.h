#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "kafka/batch_carrier.h"
#include "plan/io.h"
#include "wire/record_batch.h"

namespace weir::kafka {

/// What a TopicWriter writes to, and how.
struct TopicWriterOptions {
  std::string topic;
  std::int32_t partitions = 1;
  wire::Compression compression = wire::Compression::kNone;
  std::size_t batch_bytes = 0;
};

/// One worker's end of a topic output: record batches are built in place by its tasks, and a
/// carrier takes them away. Owned by the TopicOutput, on the worker's thread.
class TopicWriter final : public plan::Writer {
 public:
  /// `shared` outlives this object; where it is null, `own` is the carrier.
  TopicWriter(net::Loop& loop, TopicWriterOptions options, std::shared_ptr<BufferPool> buffers,
              BatchCarrier* shared, std::unique_ptr<BatchCarrier> own);

  std::unique_ptr<plan::TaskWriter> open_task(BatchTime batch, PartitionId partition,
                                              plan::OutputSize size) override;
  std::size_t pending_bytes() const override { return carrier_.pending_bytes(); }

 private:
  class Task;
  /// A record batch and its partition.
  using SealedBatch = std::pair<std::int32_t, Buffer>;

  void send(BatchTime batch, std::vector<SealedBatch> batches, plan::Done acknowledged);
  void answer_soon(plan::Done acknowledged, Result<void> outcome);

  net::Loop& loop_;
  const TopicWriterOptions options_;
  std::shared_ptr<BufferPool> buffers_;  // shared by all workers
  std::unique_ptr<BatchCarrier> own_;    // none where it is shared with other topics
  BatchCarrier& carrier_;
  // Expires with this object: a posted answer may come after it.
  std::shared_ptr<TopicWriter*> self_ = std::make_shared<TopicWriter*>(this);
};

}  // namespace weir::kafka
