#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/coordinator.h"
#include "kafka/group_generation.h"
#include "kafka/log_position.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_fetch.h"

namespace weir::kafka {

/// A position that a group has committed.
struct CommittedOffset {
  LogPosition position;
  std::string metadata;  ///< what was stored with it
  bool operator==(const CommittedOffset&) const = default;
};

/// A group's positions in Kafka: reads and writes them, and tries again as long as that may help.
/// Owned by an input of a source, beside its Coordinator, with which it ends; on the loop's thread.
class OffsetStore {
 public:
  using Committed = std::map<TopicPartition, CommittedOffset>;
  /// Is told of trouble that is tried again, and with an empty text that it is over.
  using OnTrouble = std::function<void(const std::string& what)>;

  /// Is asked what becomes of commits as `as` that the group has refused: nothing where they are to
  /// be tried again, else the error that they end with.
  using OnRefused =
      std::function<std::optional<Error>(const GroupGeneration& as, const Error& error)>;

  OffsetStore(ClientContext& context, Coordinator& coordinator, OnTrouble on_trouble,
              OnRefused on_refused);

  /// Reads what is committed; partitions without a committed offset are not in the answer. Waits
  /// for transactions that are about to commit offsets of them. `handler` is called once, never
  /// before fetch() returns.
  void fetch(std::vector<TopicPartition> partitions,
             std::function<void(Result<Committed>)> handler);

  /// Writes positions with `metadata` beside each. While one request is under way, later calls wait
  /// and are folded into one, the last position of a partition winning. `done` is called once for
  /// each call, in their order, never before commit() returns: an error that is not retriable means
  /// that the positions are not committed, a generation that is over (kAborted) above all.
  void commit(const GroupGeneration& as, const LogPositions& positions, const std::string& metadata,
              std::function<void(Result<void>)> done);
  /// The member `from` is `to` now, and has kept its partitions: what is not committed yet is
  /// committed as `to`.
  void go_on_as(const GroupGeneration& from, const GroupGeneration& to);

 private:
  struct Fetch {
    std::vector<TopicPartition> partitions;
    std::function<void(Result<Committed>)> handler;
  };
  struct Commit {
    GroupGeneration as;
    Committed positions;
    std::function<void(Result<void>)> done;
  };

  void send_fetch(std::uint64_t id);
  wire::OffsetFetchRequest fetch_request(const Fetch& fetch) const;
  void on_fetched(std::uint64_t id, const Result<Answer<wire::OffsetFetchResponse>>& answer);
  void retry_fetch_after_pause(std::uint64_t id);
  void end_fetch(std::uint64_t id, Result<Committed> outcome);

  void send_commits();
  void fold_commits();
  wire::OffsetCommitRequest commit_request() const;
  void on_committed(const Result<Answer<wire::OffsetCommitResponse>>& answer);
  /// True when a partition has been said not to exist for so long that it is to be believed.
  bool is_gone(std::int16_t code);
  void on_commits_refused(const Error& error);
  void send_commits_after_pause();
  void end_commits(const Result<void>& outcome);
  void tell_trouble(const std::string& what);

  ClientContext& context_;
  Coordinator& coordinator_;
  const OnTrouble on_trouble_;
  const OnRefused on_refused_;
  std::string trouble_;

  std::uint64_t last_fetch_ = 0;
  std::map<std::uint64_t, Fetch> fetches_;
  std::vector<std::uint64_t> fetches_to_retry_;
  net::Timer fetch_timer_;

  std::deque<Commit> commits_;
  std::size_t in_request_ = 0;  // how many of the first commits the request under way holds
  GroupGeneration sent_as_;
  Committed folded_;                        // what it says
  std::optional<TimePoint> unknown_since_;  // when a partition was first said not to exist
  net::Timer commit_timer_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<OffsetStore*> self_ = std::make_shared<OffsetStore*>(this);
};

}  // namespace weir::kafka
