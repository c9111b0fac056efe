#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "exec/runtime.h"
#include "exec/windows.h"
#include "exec/worker.h"
#include "plan/graph.h"
#include "stream/batch_clock.h"
#include "stream/batch_events.h"
#include "stream/batch_history.h"
#include "stream/batch_queue.h"
#include "stream/checkpoint.h"
#include "stream/input_planner.h"
#include "stream/kept_accumulators.h"
#include "stream/ports.h"
#include "weir/streaming_context.h"

namespace weir::stream {

/// Drives a pipeline over time: opens its ports, begins a batch whenever one is due, ends the
/// stream. Under exactly-once, where a transaction cannot be committed, all batches under way are
/// given up and their input is read again from what is committed. Lives on the driver's loop; only
/// status() may be called from other threads.
class Driver {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    std::vector<std::shared_ptr<detail::AccumulatorCell>> accumulators{};
    StreamingOptions options;
    exec::Runtime* runtime = nullptr;
    OpenDirectory open_directory = state::open_directory;  ///< of a checkpoint
    Log log;
    ListenerBus* listeners = nullptr;
    std::function<void(Result<void>)> started;  ///< once
    std::function<void(Result<void>)> stopped;  ///< once, the last call
    std::function<void(const BatchReport&)> on_batch;
  };
  explicit Driver(Setup setup);
  ~Driver();

  void start();
  /// Ends the stream: after the batches under way and what receivers have stored, or at once.
  void stop(bool gracefully);
  StreamStatus status() const;

 private:
  enum class Phase { kNew, kOpening, kRunning, kStopping, kClosing, kStopped };

  InputPlanner make_input_planner() const;
  std::size_t batch_memory() const;
  void name_what_takes_no_part() const;
  void on_opened(Result<void> result);
  void begin_running();
  void schedule_tick();

  void pump_soon();
  void pump();
  void look_at_ended();
  bool under_way() const { return !batches_.empty() || input_.has_returned(); }
  bool at_end() const;
  bool drained() const;
  bool has_turn() const;
  bool may_begin() const;
  std::unique_ptr<Checkpoint> make_checkpoint();
  BatchTime kept_batch() const;
  void restore();
  void on_restored(Result<Checkpoint::Restored> restored);
  bool must_begin() const;
  Occasion occasion(TimePoint now);
  void maybe_begin();
  void begin_batch(BatchTime time, exec::BatchRun::Input input);
  void on_committed(const BatchReport& report, const exec::BatchRun& run);
  void publish(const BatchReport& report);
  void tell_listeners(const BatchReport& report);

  void fail(Error error);
  void on_batch_failed(Error error);
  void recover(Error why);
  void take_less_than(const exec::BatchRun& slow);
  void take_over();
  void on_taken_over(Result<void> result);
  void drain();
  void begin_stopping();
  void close();
  void end(Result<void> closed);
  void update_status();

  Setup setup_;
  std::vector<plan::Stage> stages_;
  plan::Site site_;
  std::unique_ptr<plan::Transactions> transactions_;  // under exactly-once
  std::vector<std::unique_ptr<exec::Worker>> workers_;
  Ports ports_;
  BatchClock clock_;
  exec::Windows windows_;
  BatchHistory history_;
  std::shared_ptr<exec::StateMemory> state_memory_;  // shared with the workers
  std::unique_ptr<Checkpoint> checkpoint_;           // where a directory is given
  std::optional<BatchTime> due_;                     // a batch must come then, even an empty one
  InputPlanner input_;
  KeptAccumulators accumulators_;
  BatchQueue batches_;
  BatchEvents events_;

  Phase phase_ = Phase::kNew;
  bool draining_ = false;  // a graceful stop waits for what sources have received
  Result<void> outcome_;
  std::optional<Error> recovering_;  // why: nothing is begun until it is over
  bool taking_over_ = false;
  int recoveries_ = 0;  // since the last batch was committed
  net::Timer recovery_timer_;
  net::Timer start_timer_;
  net::Timer tick_timer_;
  net::Timer due_timer_;
  bool waits_for_turn_ = false;  // a tick has come while its batch had no turn
  bool pump_planned_ = false;

  mutable Mutex status_mutex_;
  StreamStatus status_ WEIR_GUARDED_BY(status_mutex_);
};

}  // namespace weir::stream
