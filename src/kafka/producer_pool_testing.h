#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "kafka/fake_broker.h"
#include "kafka/producer_pool_lease.h"
#include "net/sim_network.h"
#include "wire/compression.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"
#include "wire/record_batch.h"

/// What the tests of the producer pool stand on.
namespace weir::kafka {

/// A simulated loop whose network is stepped by whoever waits.
class SimHost final : public PoolHost {
 public:
  explicit SimHost(net::SimNetwork& network) : network_(network) {}
  net::Loop& loop() override { return network_.loop("client"); }
  void wait(Mutex& mutex, Condition&) override WEIR_REQUIRES(mutex) {
    mutex.unlock();
    WEIR_CHECK(network_.step(), "what is waited for will happen");
    mutex.lock();
  }
  void end(const std::function<void()>& last) override {
    bool ended = false;
    loop().post([&] {
      last();
      ended = true;
    });
    while (!ended) network_.step();
  }

 private:
  net::SimNetwork& network_;
};

/// Pools over a simulated network with two fake brokers.
class PoolFixture : public testing::Test {
 protected:
  PoolFixture() {
    cluster_.leaders["t"] = {1, 2};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->on<wire::InitProducerIdRequest>([this](const auto&, const auto& reply) {
        wire::InitProducerIdResponse response;
        response.producer_id = ++last_id_;
        reply(response);
      });
      broker->on<wire::ProduceRequest>(
          [this](const auto& request, const auto& reply) { produce(request, reply); });
    }
  }

  std::shared_ptr<Pool> open(PoolOptions options = {}) {
    options.brokers = "one:9092";
    Log log(LogLevel::kWarning,
            [this](LogLevel, std::string_view line) { logged_.emplace_back(line); });
    auto client = client_options(options.brokers, options.client_id, network_.clock()).value();
    return std::make_shared<Pool>(options, std::move(client), std::make_unique<SimHost>(network_),
                                  log);
  }
  static std::unique_ptr<PoolLease> borrow(const std::shared_ptr<Pool>& pool) {
    return PoolLease::borrow(pool).value();
  }
  bool run_until_free(const Pool& pool) {
    return network_.run_until([&] { return pool.use().lent == 0 && pool.use().records > 0; });
  }

  void produce(const wire::ProduceRequest& request, const Reply<wire::ProduceResponse>& reply) {
    wire::ProduceResponse response;
    for (const auto& topic : request.topic_data) {
      auto& answered = response.responses.emplace_back();
      answered.name = topic.name;
      for (const auto& data : topic.partition_data) {
        auto& told = answered.partition_responses.emplace_back();
        told.index = data.index;
        told.error_code = error_;
        if (error_ == 0) keep(data.index, data.records.view);
      }
    }
    if (silent_) return held_.push_back([reply, response] { reply(response); });
    reply(response);
  }

  void keep(std::int32_t partition, std::string_view records) {
    const auto batch = *wire::RecordBatchCursor(records).next().value();
    EXPECT_TRUE(wire::verify_crc(batch).ok());
    producers_.insert(batch.header.producer_id);
    ++batches_;
    std::string scratch;
    const auto payload =
        batch.header.compression() == wire::Compression::kNone
            ? batch.payload()
            : wire::decompress(batch.header.compression(), batch.payload(), scratch, 1 << 20)
                  .value();
    wire::Reader reader(payload);
    for (std::int32_t i = 0; i < batch.header.record_count; ++i) {
      const auto record = wire::read_record(reader, batch.header);
      written_.push_back(
          concat(partition, record.has_key ? concat("/", record.key) : "", ": ", record.value));
      timestamps_.push_back(record.timestamp);
      header_counts_.push_back(record.header_count);
    }
  }

  net::SimNetwork network_{5};
  FakeCluster cluster_{network_};
  std::int64_t last_id_ = 100;
  std::int16_t error_ = 0;
  bool silent_ = false;
  std::vector<std::function<void()>> held_;
  std::vector<std::string> written_;  // "partition/key: value"
  std::vector<std::int64_t> timestamps_;
  std::vector<std::int32_t> header_counts_;
  std::set<std::int64_t> producers_;
  int batches_ = 0;
  std::vector<std::string> logged_;
};

}  // namespace weir::kafka
