#pragma once

#include <memory>
#include <string>

#include "kafka/metadata.h"
#include "kafka/per_worker.h"
#include "kafka/topic_questions.h"
#include "kafka/topic_writer.h"
#include "kafka/transactions.h"
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
  void on_partitions(const Result<std::int32_t>& partitions);
  Result<void> check_cluster() const;
  void make_writers(std::int32_t partitions);

  const TopicOptions options_;
  const plan::Site* site_ = nullptr;
  plan::OutputHost* host_ = nullptr;
  plan::Done opened_;                     // empty once called, and once closed
  Transactions* transactions_ = nullptr;  // under exactly-once
  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Metadata> metadata_;
  Metadata::Subscription subscription_;  // until it is open: then the writers have their own
  std::unique_ptr<TopicQuestions> questions_;
  PerWorker<TopicWriter> writers_;
  // Expires at close(): tells after a callback whether the output is still open.
  std::shared_ptr<TopicOutput*> open_;
};

}  // namespace weir::kafka
