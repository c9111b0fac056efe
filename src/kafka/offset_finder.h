#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "kafka/cluster_part.h"
#include "wire/messages/list_offsets.h"

namespace weir::kafka {

/// Which offset of a partition is wanted.
struct OffsetSpec {
  /// Milliseconds since 1970, or one of Kafka's marks below 0.
  std::int64_t timestamp;

  static OffsetSpec earliest() { return {-2}; }
  /// The end of the log: where the next record will be.
  static OffsetSpec latest() { return {-1}; }
  /// The first record at or after a time.
  static OffsetSpec at(WallTime time) { return {time.millis}; }
};

using OffsetQuestions = std::map<TopicPartition, OffsetSpec>;
/// Nothing for a partition that has no record at or after the time that was asked for.
using FoundOffsets = std::map<TopicPartition, std::optional<Offset>>;

/// Asks the leaders of partitions for offsets by time. Follows leaders and tries again until
/// patience ends. Owned by who asks, on the loop's thread; destroying it drops its searches.
class OffsetFinder final : private ClusterPart {
 public:
  using Handler = std::function<void(Result<FoundOffsets>)>;

  /// With `read_committed`, logs end at their last stable offsets.
  OffsetFinder(ClientContext& context, Metadata& metadata, bool read_committed = false);

  /// Calls `done` once, never from inside this call: with all the offsets, or an error.
  void find(OffsetQuestions questions, Duration patience, Handler done);
  /// Drops the searches in which nothing is open but partitions of this topic: it is no more, and
  /// their `done` does not come.
  void drop(std::string_view topic);

 private:
  struct Search {
    OffsetQuestions open;
    std::set<TopicPartition> asked;
    FoundOffsets found;
    TimePoint deadline;
    std::optional<Error> trouble;
    Handler done;
  };
  using OffsetsAnswer = Result<Answer<wire::ListOffsetsResponse>>;

  void on_metadata(const Result<void>& outcome);
  void pump();
  bool ended(const Search& search) const;
  void end_searches();
  void ask(std::uint64_t id, Search& search);
  void ask_leader(std::uint64_t id, NodeId leader, const OffsetQuestions& questions);
  wire::ListOffsetsRequest request(const OffsetQuestions& questions) const;
  void on_answer(std::uint64_t id, NodeId leader, const OffsetQuestions& questions,
                 const OffsetsAnswer& answer);
  void take(Search& search, NodeId leader, const wire::ListOffsetsResponse& answer);
  void try_again(Search& search, Error error);

  const bool read_committed_;
  std::uint64_t last_search_ = 0;
  std::map<std::uint64_t, Search> searches_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<OffsetFinder*> self_ = std::make_shared<OffsetFinder*>(this);
};

}  // namespace weir::kafka
