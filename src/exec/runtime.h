#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/loop.h"
#include "weir/types.h"

namespace weir::exec {

/// The loops a context runs on, and how another thread waits for what happens on them. Threads in
/// production; in tests, simulated loops that a wait steps by hand. Owned by the context, outlives
/// everything that runs on the loops.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual net::Loop& driver() = 0;
  virtual std::vector<net::Loop*> workers() = 0;
  /// A loop for what blocks, such as user code that waits for a peer. One for each name, made at
  /// its first call; for the driver's thread, and for who makes the driver.
  virtual net::Loop& aside(const std::string& name) = 0;
  /// For what blocks on a disk.
  net::Loop& disk() { return aside("disk"); }
  /// For listeners, which may block.
  net::Loop& listeners() { return aside("listeners"); }
  /// Waits until `done` holds, at most `limit`; returns whether it does. `done` must be thread-safe
  /// and wake() be called after what it depends on has changed. On a thread of the loops it does
  /// not wait: what it would wait for happens there.
  virtual bool wait(const std::function<bool()>& done, std::optional<Duration> limit) = 0;
  /// Makes wait() look again. Thread-safe.
  virtual void wake() = 0;
  /// Ends the loops; nothing runs on them afterwards. Idempotent.
  virtual void stop() = 0;
};

/// Returns a runtime of one driver thread and `workers` worker threads, already running.
std::unique_ptr<Runtime> make_threads(std::size_t workers);

}  // namespace weir::exec
