#pragma once

#include <memory>

#include "base/log.h"
#include "net/loop.h"
#include "weir/embedded_broker.h"

namespace weir::broker {

class Faults;

/// A Kafka broker on a loop given by the caller: a cluster of one node. A state machine without
/// thread, clock or socket of its own, so that it runs beside its clients on a simulated network.
/// Lives on its loop's thread and ends before the loop does.
class Broker {
 public:
  Broker(net::Loop& loop, BrokerOptions options, Log log = {});
  ~Broker();

  /// Creates the topics of the options and begins to accept connections. Fails when the port is in
  /// use or an option makes no sense.
  Result<void> start();
  /// What is to go wrong.
  Faults& faults();
  /// The port, once it is started.
  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::broker
