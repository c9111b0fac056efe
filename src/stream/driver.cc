#include "stream/driver.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "stream/planner.h"

namespace weir::stream {

namespace {

// Shares of the memory budget. Half is read-ahead (a batch holds at most half of that, so that the
// next one can be read meanwhile), a quarter output on its way, a quarter exchanges.
constexpr std::size_t kReadAheadShare = 2;
constexpr std::size_t kOutputShare = 4;
constexpr std::size_t kExchangeShare = 4;
// Records that wait in an exchange take more room than the bytes they were fetched as.
constexpr std::size_t kGrowthInExchange = 8;
constexpr std::size_t kTaskBytes = std::size_t{1} << 20;

// While so many batches wait for acknowledgements, small ones gather instead of being sent alone.
constexpr std::ptrdiff_t kFewInFlight = 2;
constexpr std::ptrdiff_t kMostInFlight = 8;

constexpr Duration kRateRetry = std::chrono::milliseconds(5);

}  // namespace

/// One batch from its plan to its commit.
struct Driver::InFlight {
  std::shared_ptr<exec::BatchRun> run;  // shared: see BatchRun
  TimePoint began;
  TimePoint ended;
  Duration scheduling_delay{0};
  std::size_t bytes = 0;
  bool commit_sent = false;
  std::size_t commits_left = 0;
};

class Driver::SourcePort final : public plan::SourceHost {
 public:
  explicit SourcePort(Driver& driver) : driver_(driver) {}
  void on_change() override { driver_.pump_soon(); }
  void on_pause(std::function<void()> quiet) override {
    ++driver_.pauses_;
    driver_.quiet_calls_.push_back(std::move(quiet));
    driver_.pump_soon();
  }
  void on_resume() override {
    --driver_.pauses_;
    driver_.pump_soon();
  }
  void on_trouble(const std::string& what) override { show_trouble(what); }
  void on_failure(const Error& error) override { driver_.fail(error); }

  void show_trouble(const std::string& what) {
    if (what == trouble) return;
    driver_.setup_.log.warning(what.empty() ? concat("over: ", trouble) : what);
    trouble = what;
    driver_.update_status();
  }
  std::string trouble;

 private:
  Driver& driver_;
};

class Driver::OutputPort final : public plan::OutputHost {
 public:
  explicit OutputPort(Driver& driver) : port_(driver) {}
  void on_trouble(const std::string& what) override { port_.show_trouble(what); }
  const std::string& trouble() const { return port_.trouble; }

 private:
  SourcePort port_;
};

Driver::Driver(Setup setup)
    : setup_(std::move(setup)),
      stages_(plan::cut(*setup_.graph)),
      clock_(setup_.options.batch_interval),
      rate_(setup_.options.max_rate_per_partition, setup_.options.batch_interval) {
  const std::vector<net::Loop*> loops = setup_.runtime->workers();
  const std::size_t memory = setup_.options.memory_bytes;
  const std::size_t sources = std::max<std::size_t>(1, setup_.graph->sources().size());
  const std::size_t outputs = std::max<std::size_t>(1, setup_.graph->outputs().size());
  site_.driver = &setup_.runtime->driver();
  site_.workers = loops;
  site_.buffers = std::make_shared<BufferPool>(memory / kReadAheadShare);
  site_.read_ahead_bytes = memory / kReadAheadShare / loops.size() / sources;
  site_.output_bytes = memory / kOutputShare / loops.size() / outputs;
  site_.app = setup_.options.app;
  site_.stop_at_end = setup_.options.stop_at_end;
  site_.log = setup_.log;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    workers_.push_back(std::make_unique<exec::Worker>(
        exec::Worker::Setup{setup_.graph, i, loops[i], site_.driver, site_.output_bytes}));
  }
}

Driver::~Driver() = default;

void Driver::start() {
  if (phase_ != Phase::kNew) return;
  phase_ = Phase::kOpening;
  start_timer_ = site_.driver->call_after(setup_.options.start_timeout, [this] {
    fail(Error(ErrorCode::kTimedOut, describe_missing()));
  });
  open_all();
}

void Driver::open_all() {
  const auto& sources = setup_.graph->sources();
  const auto& outputs = setup_.graph->outputs();
  for (const auto& source : sources) missing_.insert(source->name());
  for (const auto& output : outputs) missing_.insert(output->name());
  for (const auto& output : outputs) {
    output_ports_.push_back(std::make_unique<OutputPort>(*this));
    output->open(site_, *output_ports_.back(), on_opened(output->name()));
  }
  for (const auto& source : sources) {
    source_ports_.push_back(std::make_unique<SourcePort>(*this));
    source->open(site_, *source_ports_.back(), on_opened(source->name()));
  }
  if (missing_.empty()) begin_running();
}

plan::Done Driver::on_opened(std::string name) {
  return [this, name = std::move(name)](Result<void> result) {
    if (phase_ != Phase::kOpening) return;
    if (!result.ok()) {
      fail(std::move(result).error());
      return;
    }
    missing_.erase(missing_.find(name));
    if (missing_.empty()) begin_running();
  };
}

std::string Driver::describe_missing() const {
  std::string text =
      concat("start() waited ", setup_.options.start_timeout / std::chrono::seconds(1), " s for:");
  for (const std::string& name : missing_) text += concat(" ", name, ";");
  const std::string trouble = current_trouble();
  text += trouble.empty() ? " no answer" : concat(" ", trouble);
  return text + ". Check that the brokers run and that this address reaches them";
}

std::string Driver::current_trouble() const {
  for (const auto& port : source_ports_) {
    if (!port->trouble.empty()) return port->trouble;
  }
  for (const auto& port : output_ports_) {
    if (!port->trouble().empty()) return port->trouble();
  }
  return {};
}

void Driver::begin_running() {
  phase_ = Phase::kRunning;
  start_timer_.cancel();
  clock_.start(site_.driver->clock().wall());
  setup_.started({});
  schedule_tick();
  pump_soon();
}

void Driver::schedule_tick() {
  if (!clock_.has_interval()) return;
  const Duration delay = clock_.until_next(site_.driver->clock().wall());
  tick_timer_ = site_.driver->call_after(delay, [this] { pump(); });
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
    advance_batches();
    settle_pauses();
    if (phase_ == Phase::kRunning) maybe_begin();
    if (phase_ == Phase::kStopping && batches_.empty()) close_all();
  }
  update_status();
}

void Driver::advance_batches() {
  if (drop_batches_) {
    std::erase_if(batches_, [](const auto& batch) { return batch->run->ran(); });
    return;
  }
  for (const auto& batch : batches_) {
    if (!batch->run->over()) break;
    if (batch->commit_sent) continue;
    if (const Result<void> result = batch->run->result(); !result.ok()) {
      fail(result.error());
      return;
    }
    commit(*batch);
  }
  while (!batches_.empty() && batches_.front()->commit_sent &&
         batches_.front()->commits_left == 0) {
    const std::shared_ptr<InFlight> batch = batches_.front();
    batches_.pop_front();
    publish(*batch);
  }
}

void Driver::commit(InFlight& batch) {
  batch.commit_sent = true;
  batch.ended = site_.driver->now();
  const auto& sources = setup_.graph->sources();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& slices = batch.run->slices()[i];
    if (slices.empty()) continue;
    ++batch.commits_left;
    sources[i]->release(slices);
    const auto shared = *std::find_if(batches_.begin(), batches_.end(),
                                      [&](const auto& each) { return each.get() == &batch; });
    sources[i]->commit(batch.run->time(), slices, [this, shared](Result<void> result) {
      --shared->commits_left;
      if (!result.ok()) fail(std::move(result).error());
      pump_soon();
    });
  }
}

void Driver::publish(const InFlight& batch) {
  const exec::StageOutcome& totals = batch.run->totals();
  BatchReport report;
  report.time = batch.run->time();
  report.ranges = batch.run->ranges();
  report.records_in = totals.records_in;
  report.records_out = totals.records_out;
  report.records_skipped = totals.records_skipped;
  report.failed_attempts = totals.failed_attempts;
  report.scheduling_delay = batch.scheduling_delay;
  report.processing_time = batch.ended - batch.began;
  {
    MutexLock lock(status_mutex_);
    ++status_.batches;
    status_.records_in += report.records_in;
    status_.records_out += report.records_out;
    status_.records_skipped += report.records_skipped;
  }
  if (setup_.on_batch) setup_.on_batch(report);
}

void Driver::settle_pauses() {
  if (quiet_calls_.empty() || !batches_.empty()) return;
  for (auto& quiet : std::exchange(quiet_calls_, {})) quiet();
}

bool Driver::may_begin() const {
  if (pauses_ > 0) return false;
  if (!batches_.empty() && !batches_.back()->run->ran()) return false;
  const auto unwritten = std::count_if(batches_.begin(), batches_.end(),
                                       [](const auto& batch) { return !batch->run->over(); });
  const bool gathers = !clock_.has_interval() && !more_than_a_batch_;
  return unwritten < (gathers ? kFewInFlight : kMostInFlight);
}

void Driver::maybe_begin() {
  const auto& sources = setup_.graph->sources();
  const auto finished = [](const auto& source) { return source->finished(); };
  if (batches_.empty() && !sources.empty() &&
      std::all_of(sources.begin(), sources.end(), finished)) {
    begin_stopping();
    return;
  }
  if (!may_begin()) return;
  const WallTime wall = site_.driver->clock().wall();
  const bool tick = clock_.due(wall);
  if (!tick && !more_than_a_batch_) return;
  exec::BatchRun::Input input = plan_input();
  const bool empty =
      std::all_of(input.begin(), input.end(), [](const auto& slices) { return slices.empty(); });
  if (empty && !(tick && clock_.has_interval())) return;
  take(input);
  begin_batch(tick ? clock_.take_tick(wall) : clock_.take_now(wall), std::move(input));
  if (tick) schedule_tick();
}

std::size_t Driver::batch_bytes() const {
  const std::size_t readable = site_.read_ahead_bytes * workers_.size() / 2;
  if (setup_.graph->exchange_nodes().empty()) return readable;
  return std::min(readable, setup_.options.memory_bytes / kExchangeShare / kGrowthInExchange);
}

exec::BatchRun::Input Driver::plan_input() {
  const TimePoint now = site_.driver->now();
  const auto& sources = setup_.graph->sources();
  more_than_a_batch_ = false;
  bool held_by_rate = false;
  exec::BatchRun::Input input(stages_.size());
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    const plan::Node& head = *stages_[stage].head;
    if (head.kind != plan::Node::Kind::kSource) continue;
    PlanLimits limits;
    limits.batch_bytes = batch_bytes();
    limits.task_bytes = kTaskBytes;
    limits.whole_partition = stages_[stage].whole_partition;
    limits.records_allowed = [&](const RecordOrigin& origin) { return rate_.allowed(origin, now); };
    Plan plan = plan_batch(sources[head.index]->read_ahead(), limits);
    more_than_a_batch_ |= plan.cut_by_bytes;
    held_by_rate |= plan.cut_by_rate;
    input[stage] = std::move(plan.slices);
  }
  if (held_by_rate && !clock_.has_interval()) {
    tick_timer_ = site_.driver->call_after(kRateRetry, [this] { pump(); });
  }
  return input;
}

void Driver::take(const exec::BatchRun::Input& input) {
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    if (input[stage].empty()) continue;
    for (const plan::Slice& slice : input[stage]) rate_.took(*slice.origin, slice.records);
    setup_.graph->sources()[stages_[stage].head->index]->take(input[stage]);
  }
}

void Driver::begin_batch(BatchTime time, exec::BatchRun::Input input) {
  auto batch = std::make_shared<InFlight>();
  for (const auto& slices : input) {
    for (const plan::Slice& slice : slices) batch->bytes += slice.bytes;
  }
  exec::BatchRun::Setup run_setup{setup_.graph, &stages_, {}, 0};
  for (const auto& worker : workers_) run_setup.workers.push_back(worker.get());
  run_setup.exchange_limit = setup_.options.memory_bytes / kExchangeShare;
  batch->run =
      std::make_shared<exec::BatchRun>(run_setup, time, std::move(input), [this] { pump_soon(); });
  batch->began = site_.driver->now();
  const std::int64_t late = site_.driver->clock().wall().millis - time.micros / 1000;
  batch->scheduling_delay = std::chrono::milliseconds(std::max<std::int64_t>(0, late));
  batches_.push_back(batch);
  batch->run->start();
  if (batch->run->over()) pump_soon();
}

void Driver::fail(Error error) {
  if (phase_ == Phase::kClosing || phase_ == Phase::kStopped) return;
  if (outcome_.ok()) outcome_ = std::move(error);
  stop(/*gracefully=*/false);
}

void Driver::stop(bool gracefully) {
  if (phase_ == Phase::kClosing || phase_ == Phase::kStopped) return;
  if (!gracefully) {
    drop_batches_ = true;
    for (const auto& batch : batches_) batch->run->cancel();
  }
  begin_stopping();
}

void Driver::begin_stopping() {
  const bool was_open = phase_ == Phase::kRunning || phase_ == Phase::kStopping;
  if (phase_ == Phase::kOpening && outcome_.ok()) {
    outcome_ = Error(ErrorCode::kAborted, "the stream was stopped before it had started");
  }
  phase_ = Phase::kStopping;
  start_timer_.cancel();
  tick_timer_.cancel();
  if (!was_open) setup_.started(outcome_);
  pump_soon();
}

void Driver::close_all() {
  phase_ = Phase::kClosing;
  closing_ = source_ports_.size() + output_ports_.size();
  if (closing_ == 0) {
    closing_ = 1;
    site_.driver->post([this] { on_closed(); });
    return;
  }
  const plan::Done closed = [this](Result<void> result) {
    if (!result.ok() && outcome_.ok()) outcome_ = std::move(result);
    on_closed();
  };
  for (std::size_t i = 0; i < source_ports_.size(); ++i) setup_.graph->sources()[i]->close(closed);
  for (std::size_t i = 0; i < output_ports_.size(); ++i) setup_.graph->outputs()[i]->close(closed);
}

void Driver::on_closed() {
  if (--closing_ > 0) return;
  phase_ = Phase::kStopped;
  update_status();
  setup_.stopped(outcome_);
}

void Driver::update_status() {
  std::int64_t lag = 0;
  std::size_t bytes = 0;
  if (phase_ == Phase::kRunning || phase_ == Phase::kStopping) {
    for (const auto& source : setup_.graph->sources()) lag += source->lag();
  }
  for (const auto& batch : batches_) bytes += batch->bytes;
  std::string trouble = current_trouble();
  MutexLock lock(status_mutex_);
  status_.lag = lag;
  status_.memory_bytes = bytes;
  status_.trouble = std::move(trouble);
}

StreamStatus Driver::status() const {
  MutexLock lock(status_mutex_);
  return status_;
}

}  // namespace weir::stream
