#pragma once

#include "weir/embedded_broker.h"

namespace weir::cli {

/// `weir broker`: runs a broker until SIGINT or SIGTERM. Says in one line of standard output where
/// it listens once clients can connect. Returns the process's exit status.
int run_broker(const broker::BrokerOptions& options);

}  // namespace weir::cli
