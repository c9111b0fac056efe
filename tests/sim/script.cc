#include "script.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "base/log.h"
#include "faults.h"
#include "number.h"

namespace weir::sim {

namespace {

constexpr std::array<std::string_view, kActs> kNames = {
    "start_job",      "stop_job",       "kill_job",    "kill_writer",       "silence_job",
    "silence_node",   "break_job",      "break_node",  "node_offline",      "node_lost",
    "slow_followers", "restart_broker", "move_leader", "move_coordinators", "slow_network",
    "lossy_network",  "jump_clock",     "disk_full",   "torn_state",        "lost_state",
    "fault"};

constexpr auto kGentleActs =
    std::to_array<Act>({Act::kStartJob, Act::kStopJob, Act::kMoveLeader, Act::kMoveCoordinators,
                        Act::kSlowNetwork, Act::kJumpClock});

/// After these a job may have ended that has state.
constexpr auto kActsOfState =
    std::to_array<Act>({Act::kKillJob, Act::kDiskFull, Act::kTornState, Act::kLostState});

constexpr int kMostJobs = 3;
constexpr std::int64_t kSpan = 20'000;        // ms in which things happen
constexpr std::int64_t kLongestLag = 45'000;  // a Produce is given up after 30 s
constexpr std::int64_t kMsPerRecord = 16;     // about as fast as writers write

struct Setting {
  std::string_view name;
  std::int64_t Script::*member;
};
constexpr std::array<Setting, 16> kSettings = {{{"nodes", &Script::nodes},
                                                {"partitions", &Script::partitions},
                                                {"lag_ms", &Script::lag_ms},
                                                {"min_in_sync", &Script::min_in_sync},
                                                {"storage", &Script::storage},
                                                {"narrow", &Script::narrow},
                                                {"writers", &Script::writers},
                                                {"records", &Script::records},
                                                {"inputs", &Script::inputs},
                                                {"workers", &Script::workers},
                                                {"interval_ms", &Script::interval_ms},
                                                {"instances", &Script::instances},
                                                {"cooperates", &Script::cooperates},
                                                {"exactly_once", &Script::exactly_once},
                                                {"throws", &Script::throws},
                                                {"state", &Script::state}}};

/// Draws scripts: small worlds mostly, and few steps, which find most and are read best.
class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed) { script_.seed = seed; }

  Script run() {
    script_.nodes = from(1, 3);
    script_.partitions = from(1, 4);
    if (script_.nodes > 1) {
      script_.lag_ms = from(0, 2) == 0 ? 0 : from(1, from(0, 3) == 0 ? 500 : 50);
      script_.min_in_sync = from(1, script_.nodes);
    } else {
      script_.storage = from(0, 2);
    }
    if (from(0, 3) == 0) script_.narrow = from(110, 300);  // one record takes 85
    script_.writers = from(1, 2);
    script_.records = from(5, 60);
    script_.inputs = from(1, 2);
    script_.workers = from(1, 2);
    script_.interval_ms = from(0, 2) == 0 ? from(1, 4) * 100 : 0;
    script_.exactly_once = from(0, 1) * from(1, 2);
    script_.state = from(0, 2) == 0 ? 1 : 0;
    script_.steps.push_back({0, Act::kStartJob, 0, 0});
    gentle_ = from(0, 7) == 0;
    for (std::int64_t left = from(0, 12); left > 0; --left) {
      script_.steps.push_back(step());
      if (may_end_state(script_.steps.back().act)) come_back_after(script_.steps.back().at_ms);
    }
    std::stable_sort(script_.steps.begin(), script_.steps.end(),
                     [](const Step& a, const Step& b) { return a.at_ms < b.at_ms; });
    script_.instances = from(0, 1) * from(1, 2);
    script_.cooperates = (from(0, 3) + 1) / 2;  // half of the worlds: all do
    script_.throws = from(0, 3) == 0 ? from(1, 20) : 0;
    return std::move(script_);
  }

 private:
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return least +
           static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }
  std::int64_t duration() { return from(0, 3) == 0 ? from(1, 15'000) : from(1, 1'500); }

  std::int64_t job() { return script_.state > 0 ? 0 : from(0, kMostJobs - 1); }

  std::int64_t fault() {
    const auto first = std::ranges::find(kFaults, kFirstOfTransactions) - kFaults.begin();
    const bool in_transactions = script_.exactly_once > 0 && from(0, 1) == 0;
    if (in_transactions) return from(first, std::ssize(kFaults) - 1);
    return from(0, first - 1);
  }

  Act act() {
    // A third are faults, of which there are many.
    if (!gentle_ && from(0, 2) == 0) return Act::kFault;
    // Worlds that can do what others cannot do it often.
    if (!gentle_ && script_.storage > 0 && from(0, 2) == 0) return Act::kRestartBroker;
    if (!gentle_ && script_.lag_ms > 0 && from(0, 3) == 0) return Act::kNodeLost;
    if (!gentle_ && script_.state > 0 && from(0, 3) == 0) return drawn_of_state();
    while (true) {
      const Act drawn =
          gentle_ ? kGentleActs[static_cast<std::size_t>(from(0, std::ssize(kGentleActs) - 1))]
                  : static_cast<Act>(from(0, kActs - 1));
      if (has_effect(drawn)) return drawn;
    }
  }

  Act drawn_of_state() {
    const Act drawn = kActsOfState[static_cast<std::size_t>(from(0, 3))];
    return has_effect(drawn) ? drawn : Act::kTornState;
  }
  bool may_end_state(Act act) const {
    return script_.state > 0 && std::ranges::find(kActsOfState, act) != kActsOfState.end();
  }
  /// What is restored of state must stand the troubles that come next.
  void come_back_after(std::int64_t at_ms) {
    if (from(0, 3) > 0) script_.steps.push_back({at_ms + from(1, 500), Act::kStartJob, 0, 0});
  }

  bool has_effect(Act act) const {
    switch (act) {
      case Act::kNodeOffline:
      case Act::kMoveLeader:
      case Act::kMoveCoordinators:
        return script_.nodes > 1;
      case Act::kNodeLost:
      case Act::kSlowFollowers:
        return script_.lag_ms > 0;
      case Act::kRestartBroker:
        return script_.storage > 0;
      case Act::kDiskFull:
      case Act::kTornState:
        return script_.state > 0;
      case Act::kLostState:  // at least once takes the newest that is there
        return script_.state > 0 && script_.exactly_once > 0;
      default:
        return true;
    }
  }

  Step step() {
    Step drawn;
    // Mostly while there is something to do, sometimes long after.
    drawn.at_ms = from(0, 7) == 0 ? from(0, kSpan) : from(0, script_.records * kMsPerRecord);
    drawn.act = act();
    switch (drawn.act) {
      case Act::kStartJob:
      case Act::kStopJob:
      case Act::kKillJob:
      case Act::kBreakJob:
        drawn.who = job();
        break;
      case Act::kSilenceJob:
        drawn.who = job();
        drawn.amount = duration();
        break;
      case Act::kKillWriter:
        drawn.who = from(0, script_.writers - 1);
        break;
      case Act::kBreakNode:
        drawn.who = from(0, script_.nodes - 1);
        break;
      case Act::kSilenceNode:
      case Act::kNodeOffline:
      case Act::kNodeLost:
        drawn.who = from(0, script_.nodes - 1);
        drawn.amount = duration();
        break;
      case Act::kSlowFollowers:
        drawn.who = duration();
        drawn.amount = from(0, 3) == 0 ? from(1, kLongestLag) : from(1, 1'500);
        break;
      case Act::kRestartBroker:
        drawn.who = from(0, 1) * from(1, 20);
        drawn.amount = duration();
        break;
      case Act::kMoveLeader:
        drawn.who = from(0, script_.partitions - 1);
        drawn.amount = from(0, script_.nodes - 1);
        break;
      case Act::kMoveCoordinators:
        break;
      case Act::kSlowNetwork:
        drawn.who = duration();
        drawn.amount = from(1, 400);
        break;
      case Act::kLossyNetwork:
        drawn.who = duration();
        drawn.amount = from(4, 100);
        break;
      case Act::kJumpClock:
        drawn.amount = from(-100'000, 100'000);
        break;
      case Act::kDiskFull:
        drawn.who = duration();
        drawn.amount = from(0, 400);
        break;
      case Act::kTornState:
        drawn.amount = from(0, 200);
        break;
      case Act::kLostState:
        drawn.who = from(0, 1);
        drawn.amount = duration();
        break;
      case Act::kFault:
        drawn.who = fault();
        drawn.amount = from(1, 3);
        break;
    }
    return drawn;
  }

  std::mt19937_64 random_;
  bool gentle_ = false;
  Script script_;
};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

/// `at 1200 kill_job 1 0`
bool read_step(const std::vector<std::string_view>& words, Script& script) {
  Step step;
  if (words.size() != 5) return false;
  const auto name = std::find(kNames.begin(), kNames.end(), words[2]);
  if (name == kNames.end()) return false;
  step.act = static_cast<Act>(name - kNames.begin());
  if (!read_number(words[1], step.at_ms) || !read_number(words[3], step.who) ||
      !read_number(words[4], step.amount)) {
    return false;
  }
  script.steps.push_back(step);
  return true;
}

bool read_setting(const std::vector<std::string_view>& words, Script& script) {
  if (words.size() != 2) return false;
  if (words[0] == "seed") return read_number(words[1], script.seed);
  for (const Setting& setting : kSettings) {
    if (words[0] == setting.name) return read_number(words[1], script.*setting.member);
  }
  return false;
}

}  // namespace

std::string_view fault_text(std::int64_t number) {
  return kFaults[static_cast<std::size_t>(number) % kFaults.size()];
}

bool is_gentle(const Script& script) {
  const auto& steps = script.steps;
  const bool one_stops = std::any_of(steps.begin(), steps.end(),
                                     [](const Step& step) { return step.act == Act::kStopJob; });
  const bool one_comes_back = one_stops && (script.instances > 0 || script.state > 0);
  return std::all_of(steps.begin(), steps.end(), [&](const Step& step) {
    // A JoinGroup that comes after its process has ended fences the next process of that name.
    if (step.act == Act::kSlowNetwork && one_comes_back) return false;
    return std::find(kGentleActs.begin(), kGentleActs.end(), step.act) != kGentleActs.end();
  });
}

Script script_of(std::uint64_t seed) { return Drawing(seed).run(); }

std::string to_text(const Script& script) {
  std::string text = concat("seed ", script.seed, "\n");
  for (const Setting& setting : kSettings) {
    text += concat(setting.name, " ", script.*setting.member, "\n");
  }
  for (const Step& step : script.steps) {
    text += concat("at ", step.at_ms, " ", kNames[static_cast<std::size_t>(step.act)], " ",
                   step.who, " ", step.amount,
                   step.act == Act::kFault ? concat("  # ", fault_text(step.who)) : "", "\n");
  }
  return text;
}

Result<Script> parse_script(std::string_view text) {
  Script script;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, std::min(end, text.find('#')));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (words[0] == "at" ? !read_step(words, script) : !read_setting(words, script)) {
      return Error(ErrorCode::kInvalidArgument,
                   concat("\"", line, "\" is no line of a script: write `records 20` or ",
                          "`at 1200 kill_job 1 0`"));
    }
  }
  return script;
}

}  // namespace weir::sim
