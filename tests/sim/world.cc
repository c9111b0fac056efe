#include "world.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace weir::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

/// How long a healed world may take until everything is through: a member that died is missed for
/// a session, a connection that fell silent until its request times out.
constexpr Duration kLongestHealing = minutes(5);
constexpr Duration kLongestStop = minutes(2);
// A member's session is 10 s, and a request that is never answered is given up after 30 s.
constexpr Duration kLongestSilence = std::chrono::seconds(45);
constexpr Duration kQuiet = std::chrono::seconds(15);

class World {
 public:
  World(const Script& script, std::uint64_t most_events, const LogSink& log)
      : script_(script),
        most_events_(most_events),
        log_(log),
        network_(script.seed, {.max_delay = std::chrono::microseconds(400)}),
        cluster_(network_, {.seed = script.seed,
                            .nodes = script.nodes,
                            .partitions = script.partitions,
                            .narrow = script.narrow,
                            .lag_ms = script.lag_ms,
                            .min_in_sync = script.min_in_sync,
                            .storage = script.storage,
                            .transaction_version = script.exactly_once == 1 ? 1 : 2,
                            .counts = script.state > 0}),
        witness_(cluster_, script.partitions, script.exactly_once > 0, script.state > 0) {
    for (std::int64_t i = 0; i < script.writers; ++i) {
      writers_.push_back(std::make_unique<Writer>(
          network_,
          Writer::Setup{i, cluster_.addresses(), script.partitions, script.records,
                        script.seed + static_cast<std::uint64_t>(1000 * i)},
          [this](const Value& value, Offset offset) { witness_.on_acknowledged(value, offset); }));
    }
  }

  Outcome run() {
    for (const Step& step : script_.steps) {
      if (!advance(milliseconds(step.at_ms) - elapsed(), [] { return false; })) break;
      take(step);
    }
    if (!broken()) finish();
    return {.violation = broken(),
            .ended_ms = elapsed() / milliseconds(1),
            .events = events_,
            .repeated = witness_.repeated(),
            .lost = lost_,
            .restarts = restarts_,
            .digest = witness_.digest()};
  }

 private:
  Duration elapsed() const { return network_.clock().now().time_since_epoch(); }
  std::optional<std::string> broken() const {
    return violation_ ? violation_ : witness_.violation();
  }
  void report(std::string what) {
    if (!violation_) violation_ = std::move(what);
  }

  /// Lets time pass until `done`; returns false when a promise is broken meanwhile.
  template <class Done>
  bool advance(Duration limit, Done done) {
    network_.run_until(
        [&] {
          ++events_;
          look();
          return broken() || done();
        },
        std::max(limit, Duration::zero()));
    return !broken();
  }

  void look() {
    if (events_ >= most_events_)
      report(concat("the world does not end: after ", events_, " events it is at ",
                    elapsed() / milliseconds(1), " ms"));
    if (cluster_.is_up()) witness_.look();
    if (cluster_.storage_has_failed()) die();
    if (std::exchange(disk_.has_died, false)) jobs_.clear();
    look_at_jobs();
  }

  void look_at_jobs() {
    for (const auto& [number, job] : jobs_) {
      if (job->memory_bytes() > Job::kMemoryBytes)
        report(concat("job ", number, " takes more memory than it may"));
      if (job->stopped() && !job->stopping()) {
        if (is_for_its_disk(*job->stopped())) return end_for_its_disk();
        if (is_for_the_dead(*job->stopped())) return start_again();
        report(
            concat("job ", number, " ended by itself: ",
                   job->stopped()->ok() ? "without a reason" : job->stopped()->error().message()));
      }
    }
  }

  /// It had to end: it could not write its states, or not read what is away.
  bool is_for_its_disk(const Result<void>& outcome) const {
    return disk_has_failed_ && !outcome.ok() &&
           outcome.error().message().find(kCheckpoint) != std::string::npos;
  }
  /// A question of a process of its name, now dead, has come late and taken its ids: it cannot know
  /// that nobody has them. Whoever watches over it starts it again.
  bool is_for_the_dead(const Result<void>& outcome) {
    return script_.state > 0 && !outcome.ok() &&
           outcome.error().message().find("has taken the name") != std::string::npos &&
           ++taken_by_the_dead_ < starts_;
  }
  void start_again() {
    jobs_.clear();
    start_job(0);
  }
  void end_for_its_disk() {
    jobs_.clear();
    if (is_healed_) start_job(0);
  }

  void take(const Step& step) {
    const auto job = jobs_.find(step.who);
    const bool runs = job != jobs_.end();
    switch (step.act) {
      case Act::kStartJob:
        return start_job(step.who);
      case Act::kStopJob:
        if (runs && !job->second->stopping()) job->second->stop();
        return;
      case Act::kKillJob:
        jobs_.erase(step.who);
        return;
      case Act::kKillWriter:
        return writers_[static_cast<std::size_t>(step.who) % writers_.size()]->restart();
      case Act::kSilenceJob:
        return silence(Job::loop_names(step.who, script_.workers), milliseconds(step.amount));
      case Act::kSilenceNode:
        return silence({SimCluster::loop_name(step.who)}, milliseconds(step.amount));
      case Act::kBreakJob:
        for (const auto& loop : Job::loop_names(step.who, script_.workers))
          network_.break_connections(loop);
        return;
      case Act::kBreakNode:
        return network_.break_connections(SimCluster::loop_name(step.who));
      case Act::kSlowNetwork:
        network_.options().max_delay = milliseconds(step.amount);
        return later(milliseconds(step.who),
                     [this] { network_.options().max_delay = kUsualDelay; });
      case Act::kLossyNetwork:
        network_.options().break_one_in = static_cast<std::uint32_t>(step.amount);
        return later(milliseconds(step.who), [this] { network_.options().break_one_in = 0; });
      case Act::kJumpClock:
        return network_.jump_wall_clock(milliseconds(step.amount));
      case Act::kDiskFull:
        disk_has_failed_ = true;
        disk_.space = static_cast<std::size_t>(step.amount);
        return later(milliseconds(step.who), [this] { disk_.space.reset(); });
      case Act::kTornState:
        disk_.dies_after = static_cast<std::size_t>(step.amount);
        return;
      case Act::kLostState:
        return lose_state(step);
      default:
        if (cluster_.is_up()) take_at_brokers(step);
    }
  }

  void take_at_brokers(const Step& step) {
    switch (step.act) {
      case Act::kNodeOffline:
        return take_offline(step, broker::Cluster::Tail::kKept);
      case Act::kNodeLost:
        return take_offline(step, broker::Cluster::Tail::kLost);
      case Act::kSlowFollowers:
        cluster_.set_lag(step.amount);
        return later(milliseconds(step.who), [this] { cluster_.set_lag(script_.lag_ms); });
      case Act::kRestartBroker:
        return restart_broker(step);
      case Act::kMoveLeader:
        return cluster_.move_leader(static_cast<std::int32_t>(step.who % script_.partitions),
                                    static_cast<std::int32_t>(step.amount % script_.nodes));
      case Act::kMoveCoordinators:
        return cluster_.cluster().move_coordinators();
      case Act::kFault:
        return inject(step);
      default:
        return report("nobody knows how to take this step");
    }
  }

  void start_job(std::int64_t number) {
    if (const auto job = jobs_.find(number); job != jobs_.end() && !job->second->stopped()) return;
    jobs_.erase(number);
    ++starts_;
    jobs_[number] = std::make_unique<Job>(
        network_, JobSetup{number, cluster_.addresses(), script_.inputs, script_.workers,
                           script_.interval_ms, script_.instances,
                           script_.cooperates == 1 || (script_.cooperates == 2 && number % 2 == 1),
                           script_.exactly_once > 0, script_.throws,
                           script_.state > 0 ? &disk_ : nullptr, log_of(number)});
  }
  Log log_of(std::int64_t number) {
    if (!log_) return {LogLevel::kError, nullptr};
    return Log(LogLevel::kInfo, [this, number](LogLevel level, std::string_view line) {
      log_(level, concat(elapsed() / milliseconds(1), " ms, job ", number, ": ", line));
    });
  }

  void lose_state(const Step& step) {
    jobs_.clear();
    std::vector<std::string> names;
    for (const auto& [name, bytes] : disk_.files) {
      if (!name.ends_with(".new")) names.push_back(name);  // else it was never finished
    }
    if (names.size() < 2 || lost_file_) return;  // of nothing, all begins anew
    const std::string& name = step.who == 1 ? names.back() : names.front();
    lost_file_.emplace(name, std::move(disk_.files[name]));
    disk_.files.erase(name);
    disk_has_failed_ = true;
    later(milliseconds(step.amount), [this] { put_back_state(); });
  }
  void put_back_state() {
    if (lost_file_) disk_.files.insert(*std::exchange(lost_file_, std::nullopt));
  }

  void later(Duration delay, std::function<void()> undo) {
    undoing_.push_back(network_.loop("script").call_after(delay, std::move(undo)));
  }

  void silence(const std::vector<std::string>& loops, Duration duration) {
    for (const auto& loop : loops) network_.set_silent(loop, true);
    silent_.insert(silent_.end(), loops.begin(), loops.end());
    later(duration, [this, loops] {
      for (const auto& loop : loops) network_.set_silent(loop, false);
    });
  }

  void take_offline(const Step& step, broker::Cluster::Tail tail) {
    const auto node = static_cast<std::int32_t>(step.who % script_.nodes);
    if (tail == broker::Cluster::Tail::kLost) lost_ += cluster_.unreplicated(node);
    cluster_.cluster().take_offline(node, tail);
    later(milliseconds(step.amount), [this, node] { bring_online(node); });
  }

  void bring_online(std::int32_t node) {
    if (!cluster_.is_up()) return;
    if (Result<void> back = cluster_.cluster().bring_online(node); !back.ok())
      report(back.error().message());
  }

  void restart_broker(const Step& step) {
    if (script_.storage == 0) return;
    is_down_for_ = milliseconds(step.amount);
    if (step.who == 0) return die();
    cluster_.let_storage_fail_after(step.who - 1);
    later(kLongestBroken, [this] { die(); });  // should it have nothing to store
  }

  void die() {
    if (!is_down_for_ || !cluster_.is_up()) return;
    cluster_.die();
    later(*std::exchange(is_down_for_, std::nullopt), [this] { start_broker(); });
  }

  void start_broker() {
    if (cluster_.is_up()) return;
    if (Result<void> started = cluster_.start(); !started.ok()) {
      report(concat("the broker does not start again: ", started.error().message()));
      return cluster_.die();
    }
    ++restarts_;
    witness_.on_restart();
  }

  void inject(const Step& step) {
    auto fault = broker::parse_fault(fault_text(step.who));
    if (!fault.ok()) return report(fault.error().message());
    fault->times = static_cast<int>(step.amount);
    cluster_.cluster().faults().add(std::move(*fault));
  }

  void heal() {
    die();  // if it is about to
    undoing_.clear();
    start_broker();
    if (!cluster_.is_up()) return;  // it cannot
    cluster_.set_lag(script_.lag_ms);
    cluster_.cluster().faults().clear();
    network_.options().max_delay = kUsualDelay;
    network_.options().break_one_in = 0;
    for (const std::string& loop : silent_) network_.set_silent(loop, false);
    for (std::int32_t i = 0; i < script_.nodes; ++i) bring_online(i);
    disk_.space.reset();
    disk_.dies_after.reset();
    put_back_state();
    is_healed_ = true;
  }

  bool all_have_stopped() const {
    return std::all_of(jobs_.begin(), jobs_.end(),
                       [](const auto& job) { return job.second->stopped().has_value(); });
  }
  /// Somebody must do what is left.
  void let_one_work() {
    const bool works = std::any_of(jobs_.begin(), jobs_.end(),
                                   [](const auto& job) { return !job.second->stopping(); });
    if (works) return;
    if (script_.state == 0) return start_job(kLastJob);
    if (advance(kLongestStop, [this] { return all_have_stopped(); })) start_job(0);
  }

  /// Everything must be through, and everybody must be able to end.
  void finish() {
    heal();
    let_one_work();
    const auto is_through = [this] {
      return std::all_of(writers_.begin(), writers_.end(),
                         [](const auto& w) { return w->done(); }) &&
             witness_.all_is_through();
    };
    if (!advance(kLongestHealing, is_through)) return;
    if (!is_through()) return report(concat("it does not get on: ", why_not()));
    if (is_gentle(script_) && witness_.repeated() > 0) {
      return report(
          concat(witness_.repeated(), " records came out again, though nothing went wrong"));
    }
    if (!stay_quiet()) return;
    for (const auto& [number, job] : jobs_) {
      if (!job->stopping()) job->stop();
    }
    if (!advance(kLongestStop, [this] { return all_have_stopped(); })) return;
    if (!all_have_stopped()) return report("a job does not stop");
    if (!advance(kLongestStop, [this] { return witness_.accumulators_are_decided(); })) return;
    witness_.look_at_the_end();
  }

  /// When the dead have been missed and all are well, the group must stay as it is.
  bool stay_quiet() {
    if (script_.seed % 8 != 0) return true;  // it takes long
    const auto never = [] { return false; };
    const auto all_started = [this] {
      return std::all_of(jobs_.begin(), jobs_.end(), [](const auto& job) {
        return job.second->started() || job.second->stopping();
      });
    };
    if (!advance(kLongestHealing, all_started) || !advance(kLongestSilence, never)) return false;
    const std::int32_t before = witness_.generation();
    if (!advance(kQuiet, never)) return false;
    if (witness_.generation() != before) report("the group does not come to rest");
    return !broken();
  }

  std::string why_not() const {
    std::string text;
    for (const auto& writer : writers_) text += writer->done() ? "" : "a writer waits; ";
    for (const auto& [number, job] : jobs_) {
      text += concat("job ", number, job->started() ? "" : " has not started",
                     job->stopping() ? " stops" : "", " (", job->trouble(), "); ");
    }
    return text + witness_.what_is_missing();
  }

  static constexpr Duration kUsualDelay = std::chrono::microseconds(400);
  static constexpr Duration kLongestBroken = std::chrono::seconds(2);
  static constexpr std::int64_t kLastJob = 1000;

  const Script& script_;
  const std::uint64_t most_events_;
  const LogSink& log_;
  net::SimNetwork network_;
  SimCluster cluster_;
  Witness witness_;
  std::vector<std::unique_ptr<Writer>> writers_;
  state::MemoryDisk disk_;  // of the one job of a world with state
  std::map<std::int64_t, std::unique_ptr<Job>> jobs_;
  std::vector<std::string> silent_;
  std::vector<net::Timer> undoing_;
  std::optional<std::pair<std::string, std::string>> lost_file_;  // and what is in it
  bool disk_has_failed_ = false;
  bool is_healed_ = false;
  std::int64_t starts_ = 0;  // of jobs
  std::int64_t taken_by_the_dead_ = 0;
  std::optional<Duration> is_down_for_;  // once it has died, as it is about to
  std::uint64_t events_ = 0;
  std::int64_t lost_ = 0;
  std::int64_t restarts_ = 0;
  std::optional<std::string> violation_;
};

}  // namespace

Outcome run(const Script& script, std::uint64_t most_events, const LogSink& log) {
  return World(script, most_events, log).run();
}

}  // namespace weir::sim
