#pragma once

#include <memory>
#include <string>

#include "kafka/metadata.h"
#include "kafka/per_worker.h"
#include "kafka/topic_writer.h"
#include "plan/io.h"
#include "weir/kafka.h"

namespace weir::kafka {

/// A Kafka topic as an output of the engine. See plan::Output for threads and life.
class TopicOutput final : public plan::Output {
 public:
  explicit TopicOutput(TopicOptions options);
  ~TopicOutput() override;

  std::string name() const override;
  Result<void> validate() const override;
  void open(const plan::Site& site, plan::OutputHost& host, plan::Done opened) override;
  plan::Writer& writer(std::size_t worker) override { return writers_.of(worker); }
  void close(plan::Done closed) override;

 private:
  void on_metadata(const Result<void>& outcome);
  void make_writers(std::int32_t partitions);
  Error missing_topic(const TopicMetadata& told) const;

  const TopicOptions options_;
  const plan::Site* site_ = nullptr;
  plan::OutputHost* host_ = nullptr;
  plan::Done opened_;  // empty once called
  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Metadata> metadata_;
  Metadata::Subscription subscription_;
  TimePoint unknown_since_{};
  PerWorker<TopicWriter> writers_;
};

}  // namespace weir::kafka
