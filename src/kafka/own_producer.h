#pragma once

#include <functional>
#include <string>
#include <utility>

#include "kafka/batch_carrier.h"
#include "kafka/metadata.h"
#include "kafka/producer.h"

namespace weir::kafka {

/// One worker's idempotent producer for one topic: delivery at least once. Owned by its
/// TopicWriter.
class OwnProducer final : public BatchCarrier, private Producer::Listener {
 public:
  /// `on_trouble` is told what the producer waits for, with an empty text when that is over.
  OwnProducer(net::Loop& loop, ClientOptions client, Log log,
              std::function<void(const std::string&)> on_trouble)
      : context_{loop, std::move(client), BufferPool{std::size_t{1} << 20}, std::move(log)},
        tell_trouble_(std::move(on_trouble)),
        metadata_(context_),
        producer_(context_, metadata_, {}, *this) {}

  void expect(const std::string& topic) override { metadata_.add_topic(topic); }
  void send(BatchTime, const TopicPartition& partition, Buffer bytes,
            DeliveryHandler done) override {
    producer_.send(partition, std::move(bytes), std::move(done));
  }
  std::size_t pending_bytes() const override { return producer_.pending_bytes(); }

 private:
  void on_trouble(const Error& error) override { tell_trouble_(error.message()); }
  void on_recovery() override { tell_trouble_(""); }

  ClientContext context_;
  std::function<void(const std::string&)> tell_trouble_;
  Metadata metadata_;
  Producer producer_;
};

}  // namespace weir::kafka
