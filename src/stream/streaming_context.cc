#include "weir/streaming_context.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/log.h"
#include "base/mutex.h"
#include "exec/runtime.h"
#include "plan/graph.h"
#include "stream/driver.h"
#include "stream/instance_claim.h"
#include "stream/listener_bus.h"
#include "stream/rate_estimator.h"
#include "stream/signal_watch.h"

namespace weir {

namespace {

Log make_log(const StreamingOptions& options) {
  if (!options.log) return Log();
  return Log(LogLevel::kInfo, [sink = options.log](LogLevel level, std::string_view line) {
    constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
    try {
      sink(kNames[static_cast<std::size_t>(level)], line);
    } catch (...) {
      // There is nowhere to say it: this was the log. The stream is worth more than the line.
    }
  });
}

bool is_name(std::string_view text) {
  return text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ||
                  c == '-';
         });
}

Result<void> validate_exactly_once(const StreamingOptions& options, const plan::Graph& graph) {
  const auto refuse = [](auto... parts) {
    return Error(ErrorCode::kInvalidArgument, concat(parts...));
  };
  if (!is_name(options.instance)) {
    return refuse(".instance \"", options.instance,
                  "\" may have up to 100 letters, digits, '.', '_' and '-'");
  }
  if (options.transaction_timeout <= options.batch_interval) {
    return refuse(
        ".transaction_timeout must be longer than .batch_interval: a batch would be given "
        "up before it is committed");
  }
  if (graph.sources().empty()) return refuse("exactly once needs a source");
  for (const auto& source : graph.sources()) {
    WEIR_RETURN_IF_ERROR(source->validate_exactly_once());
  }
  return {};
}

Result<void> validate(const StreamingOptions& options, const plan::Graph& graph) {
  const auto refuse = [](auto... parts) {
    return Error(ErrorCode::kInvalidArgument, concat(parts...));
  };
  if (options.batch_interval < Duration::zero()) {
    return refuse("batch_interval is ", options.batch_interval.count() / 1000000,
                  " ms; it must be 0 (as soon as there is data) or more");
  }
  if (options.batch_interval > Duration::zero() &&
      options.batch_interval < std::chrono::milliseconds(1)) {
    return refuse("batch_interval is below 1 ms; use 0 for batches as soon as there is data");
  }
  if (options.workers < 1) {
    return refuse("workers is ", options.workers, "; at least 1 is needed");
  }
  if (options.memory_bytes < (std::size_t{4} << 20)) {
    return refuse("memory_bytes is ", options.memory_bytes, "; give it at least 4 MiB");
  }
  if (options.max_rate_per_partition < 0) {
    return refuse("max_rate_per_partition is ", options.max_rate_per_partition,
                  "; it must be 0 (no limit) or more records a second");
  }
  WEIR_RETURN_IF_ERROR(stream::validate(options.back_pressure, options.batch_interval));
  if (options.delivery == Delivery::kExactlyOnce) {
    WEIR_RETURN_IF_ERROR(validate_exactly_once(options, graph));
  }
  return graph.validate(options.batch_interval);
}

}  // namespace

/// The running half of a context: made with it, so that stop() and status() have one place to ask.
class StreamingContext::Running {
  using Listener = std::function<void(const BatchReport&)>;

  template <class F>
  auto with_lock(F f) const {
    MutexLock lock(mutex_);
    return f();
  }

 public:
  Running(const StreamingOptions& options, std::unique_ptr<exec::Runtime> runtime)
      : log(make_log(options)), bus_(log), runtime_(std::move(runtime)) {}
  ~Running() {
    if (driver_) {
      request_stop(/*gracefully=*/false);
      wait_stopped(std::nullopt);
    }
    if (runtime_) runtime_->stop();
  }

  using Accumulators = std::vector<std::shared_ptr<detail::AccumulatorCell>>;
  Result<void> start(const StreamingOptions& options, const plan::Graph& graph,
                     const Accumulators& accumulators) {
    Result<void> valid = validate(options, graph);
    {
      MutexLock lock(mutex_);
      if (state_ != State::kInitialized) {
        return Error(ErrorCode::kInvalidArgument,
                     state_ == State::kActive
                         ? "start() was called on a context that is already active"
                         : "start() was called on a context that has stopped; make a new one");
      }
      if (valid.ok()) valid = claim_instance(options);
      state_ = valid.ok() ? State::kActive : State::kStopped;
      outcome_ = valid;
      if (!valid.ok()) return valid;
      launch(options, graph, accumulators);
    }
    runtime_->wait(
        [this] { return with_lock([&]() WEIR_REQUIRES(mutex_) { return started_.has_value(); }); },
        std::nullopt);
    Result<void> started = with_lock([&]() WEIR_REQUIRES(mutex_) { return *started_; });
    if (!started.ok()) wait_stopped(std::nullopt);
    return started;
  }

  void request_stop(bool gracefully) {
    {
      MutexLock lock(mutex_);
      if (state_ == State::kInitialized) state_ = State::kStopped;
      if (state_ != State::kActive) return;
    }
    runtime_->driver().post([this, gracefully] { driver_->stop(gracefully); });
  }

  /// Nothing where the stream is still active after `limit`, or where the stream itself calls.
  std::optional<Result<void>> wait_stopped(std::optional<Duration> limit) {
    const auto is_over = [this] {
      return with_lock([&]() WEIR_REQUIRES(mutex_) { return state_ != State::kActive; });
    };
    if (!is_over() && !runtime_->wait(is_over, limit)) return std::nullopt;
    return with_lock([&]() WEIR_REQUIRES(mutex_) { return outcome_; });
  }

  State state() const {
    return with_lock([&]() WEIR_REQUIRES(mutex_) { return state_; });
  }
  StreamStatus status() const {
    const stream::Driver* driver = with_lock([&]() WEIR_REQUIRES(mutex_) { return driver_.get(); });
    return driver != nullptr ? driver->status() : StreamStatus{};
  }
  void add_listener(Listener listener) {
    auto shared = std::make_shared<const Listener>(std::move(listener));
    MutexLock lock(mutex_);
    listeners_.push_back(std::move(shared));
  }
  void add_to_bus(std::shared_ptr<weir::Listener> listener) {
    bus_.add(std::move(listener));
    MutexLock lock(mutex_);
    if (state_ == State::kActive) bus_.open(runtime_->listeners());
  }
  void remove_from_bus(const weir::Listener& listener) { bus_.remove(listener); }

  const Log log;

 private:
  Result<void> claim_instance(const StreamingOptions& options) {
    if (options.delivery != Delivery::kExactlyOnce || !options.instance.empty()) return {};
    std::error_code no_folder;
    auto claim =
        stream::InstanceClaim::take(options.app, std::filesystem::temp_directory_path(no_folder));
    if (!claim.ok()) return std::move(claim).error();
    claim_ = std::move(claim).value();
    return {};
  }

  // All of it under the lock: whoever sees that the context is active finds loops and a driver.
  void launch(const StreamingOptions& options, const plan::Graph& graph,
              const Accumulators& accumulators) WEIR_REQUIRES(mutex_) {
    if (!runtime_) runtime_ = exec::make_threads(static_cast<std::size_t>(options.workers));
    stream::Driver::Setup setup;
    setup.graph = &graph;
    setup.accumulators = accumulators;
    setup.options = options;
    setup.runtime = runtime_.get();
    setup.log = log;
    if (!bus_.empty()) bus_.open(runtime_->listeners());
    setup.listeners = &bus_;
    if (!claim_.name().empty()) setup.options.instance = claim_.name();
    setup.started = [this](Result<void> result) {
      with_lock([&]() WEIR_REQUIRES(mutex_) { started_ = std::move(result); });
      runtime_->wake();
    };
    setup.stopped = [this](Result<void> result) { end(std::move(result)); };
    setup.on_batch = [this](const BatchReport& report) {
      for (const auto& listener : with_lock([&]() WEIR_REQUIRES(mutex_) { return listeners_; }))
        (*listener)(report);
    };
    driver_ = std::make_unique<stream::Driver>(std::move(setup));
    runtime_->driver().post([this] { driver_->start(); });
  }

  void end(Result<void> result) {
    {
      MutexLock lock(mutex_);
      state_ = State::kStopped;
      outcome_ = std::move(result);
    }
    runtime_->wake();
  }

  mutable Mutex mutex_;
  State state_ WEIR_GUARDED_BY(mutex_) = State::kInitialized;
  std::optional<Result<void>> started_ WEIR_GUARDED_BY(mutex_);
  Result<void> outcome_ WEIR_GUARDED_BY(mutex_);
  // Shared with the batch that is being told: no copy of a listener is made, it may have a state.
  std::vector<std::shared_ptr<const Listener>> listeners_ WEIR_GUARDED_BY(mutex_);
  stream::ListenerBus bus_;
  stream::InstanceClaim claim_;
  // Made before the context is active, and the same from then on.
  std::unique_ptr<exec::Runtime> runtime_;
  std::unique_ptr<stream::Driver> driver_;
};

StreamingContext::StreamingContext(StreamingOptions options)
    : StreamingContext(std::move(options), nullptr) {}

StreamingContext::StreamingContext(StreamingOptions options, std::unique_ptr<exec::Runtime> runtime)
    : options_(std::move(options)),
      running_(std::make_unique<Running>(options_, std::move(runtime))) {}

StreamingContext::~StreamingContext() = default;

Result<void> StreamingContext::start() {
  return running_->start(options_, graph(), accumulators());
}

void StreamingContext::stop(bool gracefully) {
  running_->request_stop(gracefully);
  running_->wait_stopped(std::nullopt);
}

Result<void> StreamingContext::await() {
  if (auto outcome = running_->wait_stopped(std::nullopt)) return *outcome;
  return Error(
      ErrorCode::kInvalidArgument,
      "the stream has not stopped, and await() does not wait in a function that the stream "
      "itself calls: the stream would wait for itself");
}

std::optional<Result<void>> StreamingContext::await_for(Duration limit) {
  return running_->wait_stopped(limit);
}

StreamingContext::State StreamingContext::state() const { return running_->state(); }
StreamStatus StreamingContext::status() const { return running_->status(); }

void StreamingContext::on_batch(std::function<void(const BatchReport&)> listener) {
  running_->add_listener(std::move(listener));
}

void StreamingContext::add_listener(std::shared_ptr<Listener> listener) {
  running_->add_to_bus(std::move(listener));
}

void StreamingContext::remove_listener(const Listener& listener) {
  running_->remove_from_bus(listener);
}

int StreamingContext::run() {
  const stream::SignalWatch watch(
      [this](int count) { running_->request_stop(/*gracefully=*/count == 1); });
  Result<void> result = start();
  if (result.ok()) result = await();
  if (result.ok()) return 0;
  running_->log.error(result.error().message());
  return 1;
}

}  // namespace weir
