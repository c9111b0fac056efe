#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/broker_faults.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::broker {

/// A topic to create when a broker starts.
struct TopicOptions {
  std::string name = {};
  std::int32_t partitions = 1;
};

/// How an embedded broker behaves. The defaults are Kafka's, but for the rebalance delay and for
/// memory, which is bounded here.
struct BrokerOptions {
  /// A local address. It is also what clients are told to connect to.
  std::string host = "127.0.0.1";
  /// 0 takes a free port.
  std::uint16_t port = 0;
  /// Topics that exist from the start; one that the data directory has stays as it is.
  std::vector<TopicOptions> topics = {};
  /// Whether a client's question for a topic that is not there creates it.
  bool auto_create_topics = true;
  /// Partitions of a topic whose creator named no number.
  std::int32_t default_partitions = 1;
  /// How much memory one partition's log may take before its oldest records are dropped, unless its
  /// topic has a `retention.bytes` of its own. 0: no limit but memory_bytes.
  ByteCount retention_bytes{0};
  /// How much memory all logs together may take before the oldest records of the largest are
  /// dropped. Logs of topics that are only compacted drop none, and take no more instead.
  ByteCount memory_bytes = 1024_MiB;
  /// A directory in which everything is kept that the broker acknowledges, so that one that starts
  /// on it later goes on with it; made if it is not there. Empty: in memory alone. What is on disk
  /// is in memory too, and the limits above hold for both.
  std::string data = {};
  /// Whether what is acknowledged survives a loss of power too, and not only the end of the
  /// process. Slow.
  bool sync = false;
  /// How long a group that was empty waits for more members before its first assignment.
  Duration group_initial_rebalance_delay = std::chrono::milliseconds(20);
  /// The shortest and longest session time-outs that members may ask for.
  Duration group_min_session_timeout = std::chrono::seconds(6);
  Duration group_max_session_timeout = std::chrono::minutes(30);
  /// The version of the transaction protocol that clients are told to use: 2 raises a producer's
  /// epoch with each end (KIP-890), 0 and 1 do not.
  std::int16_t transaction_version = 2;
  /// The largest request; a connection that announces a larger one is closed.
  ByteCount max_request_bytes = 100_MiB;
  /// Connections beyond this many are closed at once.
  std::size_t max_connections = 1000;
  /// What is to go wrong, from the start on.
  std::vector<Fault> faults = {};
  /// Where ids come from; a simulation gives its own. 0 takes chance.
  std::uint64_t seed = 0;
};

/// A Kafka broker in this process, for demos and tests: any Kafka client can use it. What it stores
/// lives in memory and ends with it, unless BrokerOptions::data says where to keep it. Runs on a
/// thread of its own; all calls are thread-safe but for the destructor, which must come last.
class EmbeddedBroker {
 public:
  /// Starts a broker; when this returns, clients can connect. Fails when the port is in use, the
  /// address is not local, an option makes no sense, or the data directory is damaged or in use.
  static Result<std::unique_ptr<EmbeddedBroker>> start(BrokerOptions options = {});
  /// Stops it if it runs.
  ~EmbeddedBroker();

  std::uint16_t port() const;
  /// What clients connect to: "127.0.0.1:9092".
  std::string address() const;
  /// Lets something go wrong, from the next request on.
  void inject(Fault fault);
  /// Ends all faults and releases what is held.
  void clear_faults();
  /// Lets requests that Fault::Action::kHold holds back go on, in the order they came.
  void release_held();

  /// Closes all connections and ends the thread. Does nothing the second time.
  void stop();

 private:
  class Impl;
  explicit EmbeddedBroker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::broker
