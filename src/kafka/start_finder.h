#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "kafka/offset_finder.h"
#include "kafka/offset_store.h"
#include "weir/kafka.h"

namespace weir::kafka {

/// Finds where a source begins to read its partitions, and where their logs begin and end. Asks for
/// as long as it takes: a source that runs waits for its brokers. Owned by the KafkaSource, on the
/// driver's thread; destroying it drops what is being looked for.
class StartFinder {
 public:
  using Partitions = std::vector<TopicPartition>;
  using Positions = LogPositions;
  /// Is called once; may be called at once.
  using Handler = std::function<void(Result<Positions>)>;

  StartFinder(ClientContext& context, Metadata& metadata, const StreamOptions& options,
              bool read_committed);

  /// Where the logs begin now.
  void find_log_starts(const Partitions& partitions, Handler handler);
  /// Where the logs end now: where their next records will be.
  void find_log_ends(const Partitions& partitions, Handler handler);
  /// Where to begin: what `committed` has (null where there is no group) wins, unless the options
  /// say to ignore it; then a range's own `from`; then what the start option says.
  void find_begin(const Partitions& partitions, OffsetStore* committed, Handler handler);
  /// Says which partitions there are when the source starts. Of those that come into being later
  /// all records are new: the end of their logs is no place to begin.
  void note_there(const Partitions& partitions) {
    there_at_start_.insert(partitions.begin(), partitions.end());
  }
  /// Says that a partition is read from there: what is committed from now on is to be heeded in any
  /// case, and as long as nothing is, reading begins there again.
  void note_begun(const TopicPartition& partition, const LogPosition& at) {
    begun_[partition] = at;
  }
  /// A topic is no more: nothing is known of it or looked for any longer, and handlers that wait
  /// for it alone are not called. If one of this name is created later, that is another.
  void forget(const std::string& topic);
  /// Where to go on where a position is not in the log: as the start option says.
  void find_restart(const TopicPartition& partition, Handler handler);

 private:
  void find(const Partitions& partitions, OffsetSpec spec, Handler handler);
  void find_unknown(const Partitions& partitions, Positions known, Handler handler);
  bool is_new(const TopicPartition& partition) const;
  bool heeds_committed(const TopicPartition& partition) const;
  std::optional<Offset> from_of(const TopicPartition& partition) const;

  const StreamOptions& options_;
  std::set<TopicPartition> there_at_start_;
  Positions begun_;
  OffsetFinder finder_;
  // Expires with this object: the OffsetStore may answer after it.
  std::shared_ptr<StartFinder*> self_ = std::make_shared<StartFinder*>(this);
};

}  // namespace weir::kafka
