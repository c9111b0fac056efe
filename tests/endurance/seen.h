#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "weir/types.h"

namespace weir {

/// Which partitions' records of one round a stream has seen. The stream's threads note, another one
/// waits. Outlives the stream.
class Seen {
 public:
  /// A record of round n that was written to partition p is "n p".
  static std::string text(int round, int partition) {
    return std::to_string(round) + " " + std::to_string(partition);
  }

  /// Forgets what was seen; from now on records of `round` count.
  void expect(int round);
  void note(std::string_view text);
  /// Waits until records of so many partitions were seen, or `limit` has passed; tells which.
  bool await(std::size_t partitions, Duration limit);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string round_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace weir
