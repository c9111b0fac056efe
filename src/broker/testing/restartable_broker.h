#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "broker/testing/memory_storage.h"
#include "broker/testing/test_client.h"
#include "wire/messages/all.h"

namespace weir::broker {

/// A test of a broker on a simulated network that can start again, on what the one before has left
/// in `storage` where `options.data` says so. A test may change the options before each start.
class RestartableBroker : public testing::Test {
 protected:
  RestartableBroker() { options.seed = 1; }

  /// Ends the broker that is there, if any, and starts the next; `client` is connected to it.
  Result<void> start() {
    client.reset();
    broker.reset();
    broker.emplace(
        network.loop("broker"), options,
        Log(LogLevel::kInfo, [this](LogLevel, std::string_view line) { lines.emplace_back(line); }),
        storage);
    WEIR_RETURN_IF_ERROR(broker->start());
    client.emplace(network, broker->port());
    return {};
  }

  /// Of the first partition of topic "t": -2 stands for its start, -1 for its end.
  std::int64_t offset_at(std::int64_t timestamp) {
    wire::ListOffsetsRequest request;
    request.topics.push_back({"t", {{0, -1, timestamp}}});
    return client->call(request).topics[0].partitions[0].offset;
  }

  MemoryStorage storage;
  BrokerOptions options;
  net::SimNetwork network{1};
  std::vector<std::string> lines;  ///< that were logged
  std::optional<Broker> broker;
  std::optional<TestClient> client;
};

}  // namespace weir::broker
