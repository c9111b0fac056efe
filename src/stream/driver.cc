#include "stream/driver.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <utility>

#include "base/log.h"
#include "plan/window.h"

namespace weir::stream {

namespace {

// Shares of the memory budget. Half is read-ahead (a batch holds at most half of that, so that the
// next one can be read meanwhile), a quarter output on its way, an eighth what waits in exchanges.
// The last eighth is for the tasks behind an exchange, which make as much again of their blocks.
constexpr std::size_t kReadAheadShare = 2;
constexpr std::size_t kOutputShare = 4;
constexpr std::size_t kExchangeShare = 8;

// While so many batches wait for acknowledgements, small ones gather instead of being sent alone.
constexpr std::ptrdiff_t kFewInFlight = 2;
constexpr std::ptrdiff_t kMostInFlight = 8;
// Those that wrote nothing wait for the one before them only: at short intervals, for a long time.
constexpr std::size_t kMostUncommitted = 256;

/// The first millisecond at or after `time`.
std::int64_t up_to_millis(BatchTime time) { return (time.micros + 999) / 1000; }

constexpr Duration kRateRetry = std::chrono::milliseconds(5);

std::unique_ptr<plan::Transactions> make_transactions(const Driver::Setup& setup) {
  if (setup.options.delivery != Delivery::kExactlyOnce) return nullptr;
  const auto& sources = setup.graph->sources();
  if (sources.empty()) return nullptr;
  plan::TransactionsSetup transactions;
  transactions.app = setup.options.app;
  transactions.instance = setup.options.instance;
  transactions.timeout = setup.options.transaction_timeout;
  if (!setup.accumulators.empty() || remembers(*setup.graph)) {
    const std::string& topic = setup.options.accumulators_topic;
    transactions.values_topic = topic.empty() ? setup.options.app + "-accumulators" : topic;
  }
  return sources.front()->make_transactions(transactions);
}

plan::Site make_site(const Driver::Setup& setup) {
  plan::Site site;
  site.driver = &setup.runtime->driver();
  site.workers = setup.runtime->workers();
  site.aside = [runtime = setup.runtime](const std::string& name) -> net::Loop& {
    return runtime->aside(name);
  };
  const std::size_t memory = setup.options.memory_bytes;
  const std::size_t workers = site.workers.size();
  site.buffers = std::make_shared<BufferPool>(memory / kReadAheadShare);
  site.read_ahead_bytes =
      memory / kReadAheadShare / workers / std::max<std::size_t>(1, setup.graph->sources().size());
  site.output_bytes =
      memory / kOutputShare / workers / std::max<std::size_t>(1, setup.graph->outputs().size());
  site.app = setup.options.app;
  site.instance = setup.options.instance;
  site.stop_at_end = setup.options.stop_at_end;
  site.log = setup.log;
  return site;
}

}  // namespace

Driver::Driver(Setup setup)
    : setup_(std::move(setup)),
      stages_(plan::cut(*setup_.graph)),
      site_(make_site(setup_)),
      transactions_(make_transactions(setup_)),
      ports_({setup_.graph, site_.driver, setup_.log, [this] { pump_soon(); },
              [this](Error error) { fail(std::move(error)); }, transactions_.get(),
              [this](Error error) { on_batch_failed(std::move(error)); },
              [this](auto change, const auto& receiver) { events_.receiver(change, receiver); }}),
      clock_(setup_.options.batch_interval, plan::common_slide(*setup_.graph),
             plan::longest_reach(*setup_.graph)),
      windows_(*setup_.graph),
      state_memory_(std::make_shared<exec::StateMemory>(setup_.options.state_bytes)),
      checkpoint_(make_checkpoint()),
      input_(make_input_planner()),
      accumulators_(setup_.accumulators),
      batches_(
          {setup_.graph, site_.driver, [this] { pump_soon(); },
           [this](const auto& report, const auto& run) { on_committed(report, run); },
           [this](const exec::BatchRun& run) { events_.failed(run.time(), run.result().error()); },
           transactions_.get(), &accumulators_, checkpoint_.get(), remembers(*setup_.graph)}),
      events_(*setup_.graph, stages_, *site_.driver, *setup_.listeners) {
  site_.transactions = transactions_.get();
  for (std::size_t i = 0; i < site_.workers.size(); ++i) {
    workers_.push_back(std::make_unique<exec::Worker>(exec::Worker::Setup{
        setup_.graph, i, site_.workers[i], site_.driver, site_.output_bytes, state_memory_}));
  }
}

Driver::~Driver() = default;

std::size_t Driver::batch_memory() const { return setup_.options.memory_bytes / kExchangeShare; }

InputPlanner Driver::make_input_planner() const {
  const StreamingOptions& options = setup_.options;
  const std::size_t source_bytes = site_.read_ahead_bytes * site_.workers.size() / 2;
  const std::size_t most_read = options.memory_bytes / kReadAheadShare / 2;
  const bool exchanges = !setup_.graph->exchange_nodes().empty();
  return InputPlanner({setup_.graph, &stages_, source_bytes},
                      BatchSize(most_read, exchanges ? batch_memory() : SIZE_MAX),
                      RateLimit(options.max_rate_per_partition, options.batch_interval),
                      InputRates(options.back_pressure, options.batch_interval));
}

void Driver::start() {
  if (phase_ != Phase::kNew) return;
  phase_ = Phase::kOpening;
  if (transactions_) name_what_takes_no_part();
  start_timer_ = site_.driver->call_after(setup_.options.start_timeout, [this] {
    fail(Error(ErrorCode::kTimedOut,
               concat("start() waited ", setup_.options.start_timeout / std::chrono::seconds(1),
                      " s for:", ports_.describe_missing(),
                      ". Check that the brokers run and that this address reaches them")));
  });
  ports_.open(site_, [this](Result<void> result) { on_opened(std::move(result)); });
}

void Driver::name_what_takes_no_part() const {
  for (const plan::Node& node : setup_.graph->nodes()) {
    if (node.kind != plan::Node::Kind::kOutput || node.name == "to") continue;
    setup_.log.info(concat(node.name,
                           "() is not part of the transactions: after a failure it may be given "
                           "records again"));
  }
}

void Driver::on_opened(Result<void> result) {
  if (phase_ != Phase::kOpening) return;
  if (!result.ok()) {
    fail(std::move(result).error());
  } else if (checkpoint_) {
    restore();
  } else {
    begin_running();
  }
}

void Driver::begin_running() {
  if (transactions_) accumulators_.restore(transactions_->kept());
  phase_ = Phase::kRunning;
  start_timer_.cancel();
  const WallTime wall = site_.driver->clock().wall();
  clock_.start(wall, site_.driver->now());
  history_.start(BatchTime{wall.millis * 1000});
  events_.stream_started();
  setup_.started({});
  schedule_tick();
  pump_soon();
}

void Driver::schedule_tick() {
  const auto pump_after = [this](Duration delay) {
    return site_.driver->call_after(delay, [this] { pump(); });
  };
  if (clock_.has_ticks()) tick_timer_ = pump_after(clock_.until_next(site_.driver->now()));
  if (clock_.has_interval() || !due_) return;
  const std::int64_t millis = up_to_millis(*due_) - site_.driver->clock().wall().millis;
  due_timer_ = pump_after(std::chrono::milliseconds(std::max<std::int64_t>(0, millis)));
}

/// A batch must come, even an empty one: a tick has come, or a time-out of state.
bool Driver::must_begin() const {
  if (clock_.due(site_.driver->now())) return true;
  return !clock_.has_interval() && due_ &&
         site_.driver->clock().wall().millis >= up_to_millis(*due_);
}

void Driver::pump_soon() {
  if (pump_planned_) return;
  pump_planned_ = true;
  site_.driver->post([this] {
    pump_planned_ = false;
    pump();
  });
}

void Driver::pump() {
  if (phase_ == Phase::kRunning || phase_ == Phase::kStopping) {
    look_at_ended();
    if (Result<void> advanced = batches_.advance(); !advanced.ok()) {
      on_batch_failed(std::move(advanced).error());
    }
    if (recovering_) {
      take_over();
    } else {
      maybe_begin();
    }
    if (phase_ == Phase::kStopping && !under_way() && !recovering_) close();
  }
  update_status();
}

void Driver::look_at_ended() {
  const std::shared_ptr<exec::BatchRun> batch = batches_.take_ended();
  if (!batch) return;
  if (!batch->overran()) {
    input_.learn_from(*batch);
    due_ = batch->totals().due;
    if (due_ && phase_ == Phase::kRunning) schedule_tick();
    return;
  }
  if (!input_.give_back(*batch)) return;  // it fails in its turn
  events_.failed(batch->time(), batch->result().error());
  batches_.withdraw();
  history_.withdraw(batch->times());
  windows_.give_up_after(history_.last());
  setup_.log.info(concat("batch ", batch->time().micros, " us needs more than ", batch_memory(),
                         " bytes between partitions; its input is run again in smaller batches"));
  begin_batch(batch->time(), input_.take_next(site_.driver->now(), Occasion::kMore));
}

bool Driver::at_end() const {
  const auto& sources = setup_.graph->sources();
  return !under_way() && !sources.empty() &&
         std::all_of(sources.begin(), sources.end(),
                     [](const auto& source) { return source->finished(); });
}

/// All that a graceful stop waits for has been taken.
bool Driver::drained() const {
  const auto& sources = setup_.graph->sources();
  return draining_ && std::all_of(sources.begin(), sources.end(),
                                  [](const auto& source) { return source->drained(); });
}

/// There are no more transactions than there are ids for them. And what comes while batches wait to
/// be written gathers for the next one, unless each tick owes one or there is more than that.
bool Driver::has_turn() const {
  if (transactions_ && batches_.size() >= transactions_->in_turn()) return false;
  const bool gathers = (transactions_ || !clock_.has_interval()) && !input_.has_more();
  return batches_.unwritten() < (gathers ? kFewInFlight : kMostInFlight);
}

bool Driver::may_begin() const {
  if (batches_.runs() || (phase_ != Phase::kRunning && !input_.has_returned())) return false;
  return has_turn() && batches_.size() < kMostUncommitted;
}

/// Why a batch may begin now. Ticks that passed while their batches had no turn have one together.
Occasion Driver::occasion(TimePoint now) {
  if (!clock_.due(now)) return Occasion::kMore;
  if (!std::exchange(waits_for_turn_, false)) return Occasion::kTick;
  clock_.skip_missed(now);
  return Occasion::kTurn;
}

void Driver::maybe_begin() {
  if (phase_ == Phase::kRunning && (at_end() || drained())) {
    begin_stopping();
    return;
  }
  const WallTime wall = site_.driver->clock().wall();
  const TimePoint now = site_.driver->now();
  waits_for_turn_ |= transactions_ && !has_turn() && clock_.has_interval() && clock_.due(now);
  if (!may_begin()) return;
  if (clock_.follow(wall, now)) schedule_tick();
  const Occasion why = occasion(now);
  const bool tick = why != Occasion::kMore;
  const bool must = must_begin();
  if (clock_.has_interval() && !tick && !input_.has_more()) return;
  // A window that nobody was there to end has none of what came in later.
  exec::BatchRun::Input input = clock_.catches_up() && !input_.has_returned()
                                    ? exec::BatchRun::Input(stages_.size())
                                    : input_.take_next(now, why);
  if (input_.held_by_rate() && !clock_.has_interval()) {
    tick_timer_ = site_.driver->call_after(kRateRetry, [this] { pump(); });
  }
  const bool empty =
      std::all_of(input.begin(), input.end(), [](const auto& slices) { return slices.empty(); });
  if (empty && !must) return;
  begin_batch(tick ? clock_.take_tick(wall, now) : clock_.take_now(wall), std::move(input));
  if (tick && phase_ == Phase::kRunning) schedule_tick();
}

void Driver::begin_batch(BatchTime time, exec::BatchRun::Input input) {
  exec::BatchRun::Setup setup;
  setup.graph = setup_.graph;
  setup.stages = &stages_;
  for (const auto& worker : workers_) setup.workers.push_back(worker.get());
  setup.memory_limit = batch_memory();
  setup.windows = &windows_;
  setup.times = history_.take(time, input_.has_returned());
  if (checkpoint_) setup.keeps = checkpoint_->wanted();
  const std::size_t states = state_memory_->bytes();
  setup.state_limit = setup_.options.state_bytes - std::min(states, setup_.options.state_bytes);
  due_.reset();  // it will say itself
  events_.begin(setup, time, input);
  input_.rates().begun(time);
  batches_.start(
      std::make_shared<exec::BatchRun>(setup, time, std::move(input), [this] { pump_soon(); }));
}

void Driver::on_committed(const BatchReport& report, const exec::BatchRun& run) {
  recoveries_ = 0;
  input_.rates().committed(report, site_.driver->now());
  if (transactions_)
    input_.was_in_time(run, report.processing_time, setup_.options.transaction_timeout);
  windows_.on_committed(run.times());
  history_.on_committed(run.times());
  if (checkpoint_) checkpoint_->on_committed(run.times().name);
  publish(report);
}

void Driver::publish(const BatchReport& report) {
  {
    MutexLock lock(status_mutex_);
    ++status_.batches;
    status_.records_in += report.records_in;
    status_.records_out += report.records_out;
    status_.records_skipped += report.records_skipped;
  }
  events_.committed(report);
  tell_listeners(report);
}

void Driver::tell_listeners(const BatchReport& report) {
  const auto fail_soon = [this](std::string_view what) {
    site_.driver->post(
        [this, error = Error(ErrorCode::kUserFunction,
                             concat("a listener of on_batch() threw: ", what))] { fail(error); });
  };
  try {
    setup_.on_batch(report);
  } catch (const std::exception& error) {
    fail_soon(error.what());
  } catch (...) {
    fail_soon("something that is no std::exception");
  }
}

void Driver::update_status() {
  std::int64_t lag = 0;
  if (phase_ == Phase::kRunning || phase_ == Phase::kStopping) {
    for (const auto& source : setup_.graph->sources()) lag += source->lag();
  }
  std::string trouble = ports_.trouble();
  MutexLock lock(status_mutex_);
  status_.lag = lag;
  status_.memory_bytes = batches_.bytes();
  status_.state_bytes = windows_.bytes() + state_memory_->bytes();
  status_.trouble = std::move(trouble);
}

StreamStatus Driver::status() const {
  MutexLock lock(status_mutex_);
  return status_;
}

}  // namespace weir::stream
