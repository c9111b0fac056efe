#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "exec/batch_run.h"
#include "exec/runtime.h"
#include "exec/worker.h"
#include "plan/graph.h"
#include "stream/batch_clock.h"
#include "stream/rate_limit.h"
#include "weir/streaming_context.h"

namespace weir::stream {

/// Drives a pipeline's batches over time: opens sources and outputs, plans batches from what is
/// read ahead, runs them, commits them in order, and ends the stream. Lives on the driver's loop;
/// only status() may be called from other threads.
class Driver {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    StreamingOptions options;
    exec::Runtime* runtime = nullptr;
    Log log;
    std::function<void(Result<void>)> started;  ///< once
    std::function<void(Result<void>)> stopped;  ///< once, the last call
    std::function<void(const BatchReport&)> on_batch;
  };
  explicit Driver(Setup setup);
  ~Driver();

  void start();
  /// Ends the stream: after the batches under way, or at once.
  void stop(bool gracefully);
  StreamStatus status() const;

 private:
  class SourcePort;
  class OutputPort;
  enum class Phase { kNew, kOpening, kRunning, kStopping, kClosing, kStopped };
  struct InFlight;

  void open_all();
  plan::Done on_opened(std::string name);
  std::string describe_missing() const;
  std::string current_trouble() const;
  void begin_running();
  void schedule_tick();

  void pump_soon();
  void pump();
  void advance_batches();
  void commit(InFlight& batch);
  void publish(const InFlight& batch);
  void settle_pauses();
  bool may_begin() const;
  void maybe_begin();
  void begin_batch(BatchTime time, exec::BatchRun::Input input);
  /// Plans one batch; empty where there is nothing to take.
  exec::BatchRun::Input plan_input();
  std::size_t batch_bytes() const;
  void take(const exec::BatchRun::Input& input);

  void fail(Error error);
  void begin_stopping();
  void close_all();
  void on_closed();
  void update_status();

  Setup setup_;
  std::vector<plan::Stage> stages_;
  plan::Site site_;
  std::vector<std::unique_ptr<SourcePort>> source_ports_;
  std::vector<std::unique_ptr<OutputPort>> output_ports_;
  std::vector<std::unique_ptr<exec::Worker>> workers_;
  BatchClock clock_;
  RateLimit rate_;

  Phase phase_ = Phase::kNew;
  std::multiset<std::string> missing_;  // sources and outputs that have not opened yet
  std::size_t closing_ = 0;
  Result<void> outcome_;
  bool drop_batches_ = false;
  net::Timer start_timer_;
  net::Timer tick_timer_;
  bool pump_planned_ = false;
  int pauses_ = 0;
  std::vector<std::function<void()>> quiet_calls_;
  bool more_than_a_batch_ = false;
  std::deque<std::shared_ptr<InFlight>> batches_;  // shared with commit answers under way

  mutable Mutex status_mutex_;
  StreamStatus status_ WEIR_GUARDED_BY(status_mutex_);
};

}  // namespace weir::stream
