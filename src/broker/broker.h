#pragma once

#include <memory>

#include "base/log.h"
#include "net/loop.h"
#include "weir/embedded_broker.h"

namespace weir::broker {

class Faults;
class Storage;

/// A Kafka broker on a loop given by the caller: a cluster of one node. A state machine without
/// thread, clock or socket of its own, so that it runs beside its clients on a simulated network.
/// Lives on its loop's thread and ends before the loop does.
class Broker {
 public:
  Broker(net::Loop& loop, BrokerOptions options, Log log = {});
  /// One that keeps its data directory in `storage`, which outlives it, instead of on this machine.
  Broker(net::Loop& loop, BrokerOptions options, Log log, Storage& storage);
  ~Broker();

  /// Takes in what the data directory holds, creates the topics of the options that are not there,
  /// and begins to accept connections. Fails when the port is in use, an option makes no sense, or
  /// the directory cannot be used.
  Result<void> start();
  /// What is to go wrong.
  Faults& faults();
  /// The port, once it is started.
  std::uint16_t port() const;

 private:
  class Impl;
  Result<void> create_topics();

  const std::unique_ptr<Storage> files_;  // null where the caller has given another
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::broker
