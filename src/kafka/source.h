#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/assignments.h"
#include "kafka/group_input.h"
#include "kafka/group_watch.h"
#include "kafka/per_worker.h"
#include "kafka/source_reader.h"
#include "kafka/start_finder.h"
#include "kafka/topic_questions.h"
#include "kafka/transactions.h"
#include "plan/io.h"
#include "weir/kafka.h"

namespace weir::kafka {

/// Kafka topics as a source of the engine: read directly or as members of a consumer group. See
/// plan::Source for threads and life.
///
/// Opening: the topics become known, then the ends (stop_at_end), then each worker gets a reader;
/// then partitions are assigned, at once (direct) or as the group says. An assignment looks its
/// start positions up and hands each partition to a worker. What the group takes back is offered to
/// the engine no more, and dropped once all that it has taken of it is committed.
/// A source that must be read whole does so only while its group is this process's alone.
class KafkaSource final : public plan::Source,
                          private GroupInput::Owner,
                          private GroupWatch::Owner {
 public:
  explicit KafkaSource(StreamOptions options);
  ~KafkaSource() override;

  std::string name() const override;
  Result<void> validate() const override;
  void open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) override;
  std::vector<plan::ReadAhead> read_ahead() const override { return assignments_.read_ahead(); }
  void take(const std::vector<plan::Slice>& slices) override;
  void release(const std::vector<plan::Slice>& slices) override;
  void commit(BatchTime batch, const std::vector<plan::Slice>& slices, plan::Done done) override;
  std::unique_ptr<plan::Transactions> make_transactions(
      const plan::TransactionsSetup& setup) const override;
  Result<void> validate_exactly_once() const override;
  void enlist(BatchTime batch, const std::vector<plan::Slice>& slices, plan::Done done) override;
  void settle(const std::vector<plan::Slice>& slices) override {
    settle(assignments_.untils_of(slices));
  }
  void rewind() override;
  bool finished() const override { return finished_; }
  std::int64_t lag() const override { return assignments_.lag(); }
  plan::Reader& reader(std::size_t worker) override { return readers_.of(worker); }
  void close(plan::Done closed) override;

 private:
  using Partitions = StartFinder::Partitions;
  using Positions = StartFinder::Positions;
  struct QueuedCommit {
    std::vector<plan::Slice> slices;
    std::string batch;
    plan::Done done;
  };
  struct InputCommit {
    LogPositions positions;
    Assignments::Untils untils;
  };

  bool in_group() const { return !options_.group.empty(); }
  bool reads_committed() const;
  void join_as_instance(MemberOptions& member, std::size_t input) const;
  std::string name_among_sources() const;
  bool may_read() const { return !watch_ || watch_->may_read(); }

  void on_metadata(const Result<void>& outcome);
  void check_access();
  bool has_pattern() const { return !options_.topic_pattern.empty(); }
  std::vector<std::string> matching_topics() const;
  void find_topics();
  void follow_pattern();
  void ask_for_topics();
  void on_topic(const std::string& topic, const Result<std::int32_t>& partitions);
  void on_topics();
  void find_ends();
  void find_empty_partitions();
  void make_readers();
  SourceReader::Reports reports_of(std::size_t worker, const std::weak_ptr<KafkaSource*>& open);
  void begin_reading();
  void begin_direct();
  void join_group();
  Result<Partitions> direct_partitions() const;

  void begin_partitions(std::size_t input, const Positions& positions);
  std::optional<Offset> end_of(const TopicPartition& partition) const;
  std::size_t worker_for(std::size_t input, const TopicPartition& partition) const;
  const RecordOrigin* origin_of(const TopicPartition& partition);

  void on_read(const std::vector<ReadReport>& reports);
  void restart_where_due();
  void restart(AssignmentId id);
  void restart_within(AssignmentId id, const TopicPartition& partition, Offset start, Offset end);
  void restart_where_cut_off(const TopicPartition& partition, const Assignments::Entry& entry);
  void tell_restart(const TopicPartition& partition, Offset from, Offset to);

  void check_finished();
  void ask_for_committed();
  void on_committed(const OffsetStore::Committed& committed);

  void send_commits();
  void on_commit_done(const Result<void>& result, const plan::Done& done);
  std::map<std::size_t, InputCommit> by_input(const std::vector<plan::Slice>& slices) const;
  Assignments::Untils lost_of(const std::vector<plan::Slice>& slices) const;

  void on_assigned(std::size_t input, std::uint64_t turn, const Partitions& partitions) override;
  void on_revoked(std::size_t input, const Partitions& partitions) override;
  void on_lost(std::size_t input) override;
  void begin_assigned(std::size_t input, std::uint64_t turn, const Partitions& partitions);
  void find_begin_of(std::size_t input, std::uint64_t turn, const Partitions& partitions);
  void begin_waiting();
  bool may_begin(std::size_t input, std::uint64_t turn, const TopicPartition& partition);
  void settle(const Assignments::Untils& untils);
  void drop_what_is_gone();
  void stop_reading(const std::vector<Assignments::Entry>& entries);
  void on_input_trouble(std::size_t input, std::string_view part, const std::string& what) override;
  void on_input_failure(const Error& error) override { fail(error); }

  bool is_own(std::string_view member_id,
              std::optional<std::string_view> instance_id) const override;
  void on_may_join() override;
  void on_may_read() override { begin_waiting(); }
  void on_watch_trouble(const std::string& what) override { tell_trouble("group", what); }
  void on_watch_failure(const Error& error) override { fail(Error(error).with_context(name())); }

  void tell_trouble(const std::string& from, const std::string& what);
  void tell_opened(Result<void> outcome = {});
  void fail(const Error& error);

  const StreamOptions options_;
  const plan::Site* site_ = nullptr;
  plan::SourceHost* host_ = nullptr;
  Transactions* transactions_ = nullptr;  // under exactly-once
  plan::Done opened_;                     // empty once called

  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Metadata> metadata_;
  Metadata::Subscription subscription_;
  std::unique_ptr<TopicQuestions> questions_;
  std::unique_ptr<StartFinder> finder_;
  PerWorker<SourceReader> readers_;
  std::vector<std::unique_ptr<GroupInput>> inputs_;  // none without a group
  std::unique_ptr<GroupWatch> watch_;                // of a source that must be read whole

  std::vector<std::string> topics_;  // those that are named, or that match now
  bool found_topics_ = false;
  std::size_t unknown_topics_ = 0;
  Partitions partitions_;                                            // of all topics
  std::map<TopicPartition, std::unique_ptr<RecordOrigin>> origins_;  // kept: records point to them
  Assignments assignments_;
  struct Waiting {
    std::size_t input = 0;
    std::uint64_t turn = 0;
    TopicPartition partition;
  };
  std::vector<Waiting> waiting_;             // to be begun once nobody else reads them
  Positions ends_;                           // under stop_at_end, of all partitions
  std::set<TopicPartition> done_elsewhere_;  // ends that need no reading, or that others committed
  bool finished_ = false;
  bool asked_for_committed_ = false;
  net::Timer finish_timer_;

  std::vector<QueuedCommit> queued_commits_;
  TimePoint last_commit_{};
  net::Timer commit_timer_;

  std::map<std::string, std::string> troubles_;
  // Expires at close(): tells after a callback whether the source is still open.
  std::shared_ptr<KafkaSource*> open_;
};

}  // namespace weir::kafka
