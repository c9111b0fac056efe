#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "kafka/fetcher.h"
#include "kafka/metadata.h"
#include "kafka/options.h"
#include "net/epoll_loop.h"
#include "wire/record_batch.h"

namespace weir::kafka {

/// Reads what a topic holds, on the caller's thread.
class TopicContents final : private Fetcher::Listener {
 public:
  TopicContents(const std::string& brokers, std::string topic, std::int32_t partitions)
      : topic_(std::move(topic)), partitions_(partitions) {
    context_.options.bootstrap = parse_bootstrap(brokers).value();
    metadata_.add_topic(topic_);
    for (std::int32_t i = 0; i < partitions; ++i) fetcher_.assign({topic_, {i}}, {Offset{0}});
  }

  /// Returns the values of all records that the topic holds when the call begins.
  std::vector<std::string> values() {
    while (!at_the_end()) loop_->run_once(std::chrono::seconds(1));
    return values_;
  }

 private:
  bool at_the_end() const {
    for (std::int32_t i = 0; i < partitions_; ++i) {
      const auto end = fetcher_.high_watermark({topic_, {i}});
      if (!end || fetcher_.position({topic_, {i}}) != end) return false;
    }
    return true;
  }

  void on_chunk(FetchedChunk chunk) override {
    wire::RecordBatchCursor cursor(chunk.batches);
    while (const auto batch = cursor.next().value()) {
      if (batch->header.control()) continue;
      wire::Reader reader(batch->payload());
      for (std::int32_t i = 0; i < batch->header.record_count; ++i) {
        values_.emplace_back(wire::read_record(reader, batch->header).value);
      }
    }
  }
  void on_out_of_range(const TopicPartition&, Offset) override {}
  void on_cut_off(const TopicPartition&, Offset, LogPosition) override {}
  void on_failure(const TopicPartition&, const Error&) override {}
  void on_trouble(const Error&) override {}
  void on_recovery() override {}

  const std::string topic_;
  const std::int32_t partitions_;
  std::unique_ptr<net::EpollLoop> loop_ = net::EpollLoop::create().value();
  ClientContext context_{*loop_, {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  Fetcher fetcher_{context_, metadata_, {}, *this};
  std::vector<std::string> values_;
};

}  // namespace weir::kafka
