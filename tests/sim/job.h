#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "exec/sim_runtime.h"
#include "net/sim_network.h"
#include "state/testing/memory_disk.h"
#include "stream/driver.h"
#include "weir/pipeline.h"

namespace weir::sim {

/// The accumulator of all jobs, and the topic that keeps it where they deliver exactly once.
inline constexpr const char* kCopied = "copied";
inline constexpr const char* kAccumulators = "sim-accumulators";

/// The directory of their states.
inline constexpr const char* kCheckpoint = "checkpoint";

/// How a Job is set up.
struct JobSetup {
  std::int64_t number = 0;
  std::string brokers;
  std::int64_t inputs = 1;
  std::int64_t workers = 1;
  std::int64_t interval_ms = 0;
  std::int64_t instances = 0;  ///< as in a Script
  bool cooperates = false;
  bool exactly_once = false;
  std::int64_t throws = 0;  ///< as in a Script
  /// With a disk it also counts, and keeps its counts there.
  state::MemoryDisk* disk = nullptr;
  Log log{LogLevel::kError, nullptr};
};

/// A process that copies "in" to "out" in the group "g", and may count to "counts": our engine,
/// source and output. Lives from its making to its stop or death; on the simulation's thread.
class Job {
 public:
  static constexpr std::size_t kMemoryBytes = std::size_t{4} << 20;

  Job(net::SimNetwork& network, const JobSetup& setup);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Ends gracefully; stopped() says when.
  void stop();
  /// The process dies where it stands.
  void die();

  bool stopping() const { return stopping_; }
  /// Set once it has ended by itself or after stop().
  const std::optional<Result<void>>& stopped() const { return stopped_; }
  bool started() const { return started_; }
  std::size_t memory_bytes() const { return driver_->status().memory_bytes; }
  std::string trouble() const { return driver_->status().trouble; }

  /// The names of the loops of a process with this number.
  static std::vector<std::string> loop_names(std::int64_t number, std::int64_t workers);

 private:
  net::SimNetwork& network_;
  const JobSetup setup_;
  Pipeline pipeline_;
  exec::SimRuntime runtime_;
  bool started_ = false;
  bool stopping_ = false;
  std::optional<Result<void>> stopped_;
  stream::ListenerBus listeners_{Log()};
  std::unique_ptr<stream::Driver> driver_;
};

}  // namespace weir::sim
