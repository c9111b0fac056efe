#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"
#include "weir/types.h"

namespace weir::sim {

/// What may happen to a simulated world. `who` and `amount` mean what the comment says.
enum class Act : std::uint8_t {
  kStartJob,          ///< a process `who` joins the group, unless it runs
  kStopJob,           ///< process `who` stops gracefully
  kKillJob,           ///< process `who` dies
  kKillWriter,        ///< writer `who` dies and is started again, with a new producer
  kSilenceJob,        ///< process `who` is cut off for `amount` ms, its connections stand
  kSilenceNode,       ///< node `who` is cut off for `amount` ms
  kBreakJob,          ///< the connections of process `who` break
  kBreakNode,         ///< the connections of node `who` break
  kNodeOffline,       ///< node `who` dies, of several, and comes back after `amount` ms
  kNodeLost,          ///< the same, and the next leaders have no more than is replicated
  kSlowFollowers,     ///< for `who` ms replicas lag behind by `amount` ms
  kRestartBroker,     ///< dies with the operation `who` of its storage; starts after `amount` ms
  kMoveLeader,        ///< node `amount` leads partition `who` of both topics
  kMoveCoordinators,  ///< groups get other coordinators
  kSlowNetwork,       ///< for `who` ms everything takes up to `amount` ms
  kLossyNetwork,      ///< for `who` ms one of `amount` pieces breaks its connection
  kJumpClock,         ///< the wall clock jumps by `amount` ms
  kDiskFull,          ///< for `who` ms only `amount` bytes more fit on the disk of states
  kTornState,         ///< the process dies `amount` bytes into its next write of states
  kLostState,         ///< it dies, and file `who` of states (1: the newest) is away for `amount` ms
  kFault,             ///< fault_text(who) befalls the next `amount` requests of its kind
};
inline constexpr int kActs = 21;

/// The fault of this number, as broker::parse_fault() reads it.
std::string_view fault_text(std::int64_t number);

struct Step {
  std::int64_t at_ms = 0;  ///< since the beginning
  Act act{};
  std::int64_t who = 0;
  std::int64_t amount = 0;
  bool operator==(const Step&) const = default;
};

/// One course of a simulated world: how it is made, and what happens to it. Together with the code
/// it decides everything: a script runs the same each time.
struct Script {
  std::uint64_t seed = 0;  ///< of the network's chance, the ids and the writers' choices
  std::int64_t nodes = 1;
  std::int64_t partitions = 1;
  std::int64_t lag_ms = 0;       ///< of replicas on other nodes; 0: none is ever behind
  std::int64_t min_in_sync = 1;  ///< so many nodes must be online for writes to count
  /// What a broker alone survives with: 0: none; 1: its process ends; 2: the power fails.
  std::int64_t storage = 0;
  std::int64_t narrow =
      0;  ///< bytes of the largest record batch that topics take; 0: Kafka's default
  std::int64_t writers = 1;
  std::int64_t records = 0;      ///< that each writer writes
  std::int64_t inputs = 1;       ///< of each process
  std::int64_t workers = 1;      ///< of each process
  std::int64_t interval_ms = 0;  ///< of batches; 0: as soon as there is data
  std::int64_t instances = 0;    ///< 1: processes are static members; 2: which leave at a stop
  std::int64_t cooperates = 0;   ///< 1: all processes cooperate; 2: those with odd numbers
  /// 0: jobs deliver at least once; 1: exactly once, by Kafka's older protocol of transactions;
  /// 2: by the newer.
  std::int64_t exactly_once = 0;
  /// The function of a job throws, once each, at the first three records of which this divides the
  /// number, after it has emitted others; 0: never.
  std::int64_t throws = 0;
  /// 1: jobs count records by key and in windows, and keep that in a directory; there is one
  /// process at a time.
  std::int64_t state = 0;
  std::vector<Step> steps;  ///< by time

  bool operator==(const Script&) const = default;
};

/// Returns the script that a seed stands for.
Script script_of(std::uint64_t seed);

/// True where nothing goes wrong: processes come and go in good order, leaders and coordinators
/// move while all are up. Then nothing may come out twice.
bool is_gentle(const Script& script);

/// Text, a line for each setting and step, and back. What is no script is refused with its line.
std::string to_text(const Script& script);
Result<Script> parse_script(std::string_view text);

}  // namespace weir::sim
