#include "cli/broker_command.h"

#include <csignal>
#include <cstdio>

namespace weir::cli {

int run_broker(const broker::BrokerOptions& options) {
  // Blocked before any thread starts, so that the signals wait for us.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  auto broker = broker::EmbeddedBroker::start(options);
  if (!broker.ok()) {
    std::fprintf(stderr, "weir broker: %s\n", broker.error().message().c_str());
    return 1;
  }
  std::printf("weir broker: listening on %s\n", (*broker)->address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*broker)->stop();
  return 0;
}

}  // namespace weir::cli
