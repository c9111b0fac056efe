#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "kafka/metadata.h"
#include "kafka/producer.h"
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

/// One worker's end of a topic output: record batches are built in place by its tasks and sent by
/// its own producer. Owned by the TopicOutput, on the worker's thread.
class TopicWriter final : public plan::Writer, private Producer::Listener {
 public:
  /// `on_trouble` is told what the producer waits for, with an empty text when that is over.
  TopicWriter(net::Loop& loop, ClientOptions client, TopicWriterOptions options,
              std::shared_ptr<BufferPool> buffers, Log log,
              std::function<void(const std::string&)> on_trouble);

  std::unique_ptr<plan::TaskWriter> open_task(PartitionId partition,
                                              plan::OutputSize size) override;
  std::size_t pending_bytes() const override { return producer_.pending_bytes(); }

 private:
  class Task;
  /// A record batch and its partition.
  using SealedBatch = std::pair<std::int32_t, Buffer>;

  void send(std::vector<SealedBatch> batches, plan::Done acknowledged);
  void answer_soon(plan::Done acknowledged, Result<void> outcome);
  void on_trouble(const Error& error) override { tell_trouble_(error.message()); }
  void on_recovery() override { tell_trouble_(""); }

  ClientContext context_;
  const TopicWriterOptions options_;
  std::shared_ptr<BufferPool> buffers_;  // shared by all workers
  std::function<void(const std::string&)> tell_trouble_;
  Metadata metadata_;
  Producer producer_;
  // Expires with this object: a posted answer may come after it.
  std::shared_ptr<TopicWriter*> self_ = std::make_shared<TopicWriter*>(this);
};

}  // namespace weir::kafka
