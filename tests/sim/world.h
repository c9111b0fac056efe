#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "cluster.h"
#include "job.h"
#include "net/sim_network.h"
#include "script.h"
#include "witness.h"
#include "writer.h"

namespace weir::sim {

/// What came of a script.
struct Outcome {
  std::optional<std::string> violation;  ///< the first broken promise
  std::int64_t ended_ms = 0;             ///< virtual time that it took
  std::uint64_t events = 0;
  std::int64_t repeated = 0;  ///< records that came out more than once, as at-least-once allows
  std::int64_t lost = 0;      ///< records that died with a leader, unacknowledged
  std::int64_t restarts = 0;  ///< of brokers on their storage
  std::uint64_t digest = 0;   ///< the same for two runs of the same script
};

/// After so many events a world is one that does not end: of 100,000 seeds, the busiest has 12,799.
inline constexpr std::uint64_t kMostEvents = 100'000;

/// Runs a script: brokers, writers and jobs, all the product's own code, in this thread on a
/// simulated network, with its promises checked after each event. That it ends before it has had
/// `most_events` is one of them. What the jobs log goes to `log`, with the ms of virtual time.
Outcome run(const Script& script, std::uint64_t most_events = kMostEvents,
            const LogSink& log = nullptr);

/// Returns the shortest script found that still breaks a promise (any), by leaving steps out and
/// making numbers smaller. `script` breaks one.
Script shrink(Script script);

}  // namespace weir::sim
