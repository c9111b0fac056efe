#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "broker/log_cleaner.h"
#include "broker/partition.h"
#include "broker/topic_catalog.h"
#include "net/loop.h"

namespace weir::broker {

class Node;

/// Compacts the logs that its node leads, where their topics want it: the dirtiest first, one at a
/// time, in steps between which the loop looks after everyone else. Owned by the Node; one thread.
class Compactor {
 public:
  explicit Compactor(Node& node) : node_(node) {}

  /// Looks for something to do in a while, and from then on for as long as a log that is to be
  /// compacted has dirty chunks besides its newest.
  void look_later();

 private:
  /// A log that has something to compact.
  struct Candidate {
    const Topic* topic;
    std::int32_t index;
    std::shared_ptr<Partition> partition;
    CleanableRange range;
  };
  struct Running {
    wire::Uuid topic;
    std::int32_t index;
    std::shared_ptr<Partition> partition;
    std::int32_t leader_epoch;
    LogCleaner cleaner;
  };

  void run_after(Duration delay);
  void run();
  std::optional<Candidate> dirtiest();
  std::optional<Candidate> candidate(const Topic& topic, std::int32_t index);
  bool is_due(const TopicSettings& settings, const CleanableRange& range) const;
  void begin(const Candidate& candidate);
  bool may_go_on() const;
  void end(const Result<bool>& outcome);

  Node& node_;
  bool is_scheduled_ = false;
  bool found_dirty_ = false;
  bool cannot_write_ = false;
  std::optional<Running> running_;
  net::Timer timer_;
};

}  // namespace weir::broker
