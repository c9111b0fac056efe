#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/listener.h"
#include "weir/pipeline.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir {

namespace exec {
class Runtime;
}

/// What becomes of a batch when something fails while it is under way.
enum class Delivery {
  /// It is computed again: what it had written already is there twice.
  kAtLeastOnce,
  /// It is computed again, and nothing of the first time is there: what a batch writes to topics,
  /// and how far it has read, is one transaction. Who reads the topics sees it once that is
  /// committed, with `read_committed`; so do sources, unless they say otherwise. Needs a group, and
  /// all topics in one cluster. What print() and for_each() do is not part of it.
  kExactlyOnce
};

/// How the amount that batches read follows what the stream can process. With a batch interval
/// only: without one, a batch reads what has come while the last one ran.
struct BackPressure {
  enum class Estimator {
    kNone,  ///< batches read what the memory holds, however long they take
    /// Once a batch has taken longer than the interval, batches read what the last one shows that
    /// fits into what is left of theirs; late ones less, so that they catch up.
    kPace,
    kPid  ///< Spark's: a PID controller of the rate, which always limits it
  };
  Estimator estimator = Estimator::kPace;
  std::int64_t initial_rate = 0;  ///< records a second of a source, before an estimate; 0: no limit
  /// A partition that has records gives so many to a batch at least.
  std::int64_t min_records_per_partition = 1;
  // Of kPid:
  double proportional = 1.0;
  double integral = 0.2;
  double derivative = 0.0;
  double min_rate = 100;  ///< records a second
};

/// How a pipeline is run.
struct StreamingOptions {
  std::string app = "weir";    ///< names the application in messages
  Duration batch_interval{0};  ///< time between batches; 0: as soon as there is data
  int workers = 1;             ///< threads that read, compute and write
  std::size_t memory_bytes = std::size_t{40} << 20;  ///< for read-ahead, exchanges, output
  /// What windows may hold, with what is computed of them; a batch that needs more fails.
  std::size_t state_bytes = std::size_t{1} << 30;
  /// The most records a second taken from one partition; 0: no limit.
  std::int64_t max_rate_per_partition = 0;
  BackPressure back_pressure{};
  Delivery delivery = Delivery::kAtLeastOnce;
  /// With exactly once: names this process among those of the application, and the one that starts
  /// in its place after a crash: that one goes on at once, where any other waits until
  /// `transaction_timeout` or the group's session time-out has passed. Two processes must not have
  /// the same name at one time: the older one stops. Where empty, "<host>-<n>" with the lowest n
  /// that no other process of this application has on this machine. Letters, digits, '.', '_', '-'.
  std::string instance{};
  /// With exactly once: how long a batch may take before it is given up by Kafka.
  Duration transaction_timeout = std::chrono::seconds(60);
  /// A directory that keeps what windows and stateful operations hold, so that the next process
  /// goes on from the last batch that was committed: exactly so with exactly once; at least once, a
  /// batch that was being committed may count twice. One process at a time. Where empty, they begin
  /// empty.
  std::string checkpoint{};
  /// With exactly once: the compacted topic that has the accumulators' sums, a record for each with
  /// the key "<instance>/<name>" and the sum in decimal; the sums of all instances together are
  /// exact. Where empty, "<app>-accumulators"; made where it is missing, if there are accumulators.
  std::string accumulators_topic{};
  /// Stop by itself at the ends that the partitions had at start.
  bool stop_at_end = false;
  /// How long start() waits for sources and outputs to answer.
  Duration start_timeout = std::chrono::seconds(10);
  /// Where log lines go, each with its severity in words; standard error if empty. Called from any
  /// thread; it must neither block nor throw.
  std::function<void(std::string_view severity, std::string_view line)> log = nullptr;
};

/// What one batch did, told to listeners once it is committed.
struct BatchReport {
  BatchTime time;
  std::vector<OffsetRange> ranges;
  std::int64_t records_in = 0;
  std::int64_t records_out = 0;
  std::int64_t records_skipped = 0;  ///< not decodable; dropped or sent to the dead letters
  int failed_attempts = 0;           ///< task attempts that failed and were tried again
  Duration scheduling_delay{0};      ///< from the batch's time to the start of its first task
  Duration processing_time{0};       ///< from there until all its output was acknowledged
};

/// How the stream stands.
struct StreamStatus {
  std::int64_t batches = 0;
  std::int64_t records_in = 0;
  std::int64_t records_out = 0;
  std::int64_t records_skipped = 0;
  std::int64_t lag = 0;          ///< records between what was taken and the ends of the partitions
  std::size_t memory_bytes = 0;  ///< read ahead and not yet released
  std::size_t state_bytes = 0;   ///< what windows and state hold
  std::string trouble;           ///< what the stream is waiting for, empty when all is well
};

/// Runs a pipeline: made, described, started once, stopped once.
///
/// Its life: initialized (describe streams and outputs) -> active (start()) -> stopped (stop(), the
/// ends reached under stop_at_end, or a failure). start() in another state than initialized is an
/// error; stop() may come in any state and any number of times. Several contexts may live in one
/// process. start(), stop(), await() and status() may be called from any thread; in a function that
/// the stream itself calls, stop() asks for the end without waiting for it.
class StreamingContext : public Pipeline {
 public:
  enum class State { kInitialized, kActive, kStopped };

  explicit StreamingContext(StreamingOptions options);
  /// For tests: with loops that are stepped by hand.
  StreamingContext(StreamingOptions options, std::unique_ptr<exec::Runtime> runtime);
  /// Stops at once, without finishing the running batch, if it is still active.
  ~StreamingContext();
  StreamingContext(const StreamingContext&) = delete;
  StreamingContext& operator=(const StreamingContext&) = delete;

  /// Begins to run. Fails, with all that is wrong, when the pipeline makes no sense or a source or
  /// output cannot be reached within `start_timeout`; the context is stopped then.
  Result<void> start();

  /// Finishes and commits the running batch and what receivers have stored (gracefully) or drops
  /// it, and ends. Waits for the end.
  void stop(bool gracefully = true);

  /// Waits until the stream has stopped; the error is the reason of a failure.
  Result<void> await();
  /// Waits at most so long; nothing if the stream is still active.
  std::optional<Result<void>> await_for(Duration limit);

  /// start(), wait for the end, for SIGINT or SIGTERM (then stop gracefully; a second signal stops
  /// at once), say on standard error what went wrong. Returns the exit status: 0, or 1 for a
  /// failure.
  int run();

  State state() const;
  StreamStatus status() const;

  /// Calls `listener` after each committed batch, on a thread of weir's; it must not block. What it
  /// throws stops the stream.
  void on_batch(std::function<void(const BatchReport&)> listener);

  /// Tells `listener` of all that happens from now on (see weir/listener.h); the end is waited for
  /// until it has been told of all before. Any thread may call, at any time.
  void add_listener(std::shared_ptr<Listener> listener);
  /// Tells it of nothing more, once a call that is under way has ended.
  void remove_listener(const Listener& listener);

  const StreamingOptions& options() const { return options_; }

 private:
  class Running;
  StreamingOptions options_;
  std::unique_ptr<Running> running_;
};

}  // namespace weir
