#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/loop.h"

namespace weir::net {

class SimLoop;
class SimState;

/// How a SimNetwork treats the bytes it carries.
struct SimOptions {
  /// How long a piece of a stream travels: drawn anew for each, from the first to the second.
  Duration min_delay = std::chrono::microseconds(20);
  Duration max_delay = std::chrono::microseconds(500);
  /// How many bytes of one direction can be under way or unread.
  std::size_t window = 64 * 1024;
  /// One of how many pieces breaks its connection; 0 for none.
  std::uint32_t break_one_in = 0;
};

/// A network of simulated loops with one virtual clock in one thread. All chance comes from the
/// seed: the same program on the same seed runs the same. Reads and writes are cut short at will.
/// Owns its loops; what uses them must end first.
class SimNetwork {
 public:
  explicit SimNetwork(std::uint64_t seed, SimOptions options = {});
  ~SimNetwork();

  /// The loop of this name, made on first use. Others reach its listeners by its name as host, or
  /// as "localhost" or "127.0.0.1": all loops share one machine too.
  Loop& loop(std::string_view name);
  const Clock& clock() const;

  /// Does the next thing due, moving the clock to it. False when nothing is left to happen.
  bool step();
  /// Steps until `done`, for at most `limit` of virtual time; returns whether it is done.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::minutes(1));
  /// Steps until so much virtual time has passed.
  void run_for(Duration duration);

  /// Sets everybody's wall clock forward or back; timers do not care.
  void jump_wall_clock(std::chrono::milliseconds by);

  SimOptions& options();
  /// Breaks all connections of a loop.
  void break_connections(std::string_view name);
  /// The process of a loop dies: nothing more happens on it, and its connections end. Whatever it
  /// had can be destroyed now, on no loop; then the loop may serve another process.
  void kill(std::string_view name);
  /// A silent loop's connections carry nothing until it is heard again: they stand, but time out.
  void set_silent(std::string_view name, bool silent);

 private:
  const std::unique_ptr<SimState> state_;
  std::map<std::string, std::unique_ptr<SimLoop>, std::less<>> loops_;
};

}  // namespace weir::net
