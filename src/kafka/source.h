#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/assignments.h"
#include "kafka/group_input.h"
#include "kafka/offset_finder.h"
#include "kafka/per_worker.h"
#include "kafka/source_reader.h"
#include "plan/io.h"
#include "weir/kafka.h"

namespace weir::kafka {

/// Kafka topics as a source of the engine: read directly or as members of a consumer group. See
/// plan::Source for threads and life.
///
/// Opening: the topics become known, then the ends (stop_at_end), then each worker gets a reader;
/// then partitions are assigned, at once (direct) or as the group says. An assignment looks its
/// start positions up and hands each partition to a worker. Whenever partitions go, the engine is
/// paused until what is under way has been committed.
class KafkaSource final : public plan::Source, private GroupInput::Owner {
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
  bool finished() const override { return finished_; }
  std::int64_t lag() const override { return assignments_.lag(); }
  plan::Reader& reader(std::size_t worker) override { return readers_.of(worker); }
  void close(plan::Done closed) override;

 private:
  using Positions = std::map<TopicPartition, Offset>;
  /// One reader of the source: a member of the group, or the one direct reader.
  struct Input {
    std::unique_ptr<GroupInput> member;
    bool paused = false;
    bool quiet = true;                 // nothing of it is under way
    std::function<void()> when_quiet;  // what waits for that
  };

  bool in_group() const { return !options_.group.empty(); }
  ClientOptions client_options() const;

  void on_metadata(const Result<void>& outcome);
  bool topics_are_known();
  void find_ends();
  void find_empty_partitions();
  void make_readers();
  void begin_reading();
  std::vector<TopicPartition> all_partitions() const;
  Result<std::vector<TopicPartition>> direct_partitions() const;

  void assign(std::size_t input, const std::vector<TopicPartition>& partitions);
  void find_positions(std::size_t input, std::vector<TopicPartition> partitions,
                      std::function<void(Result<Positions>)> handler);
  /// Finds offsets by time; the end of the log where no record is that late. Tries as long as it
  /// takes.
  void find_offsets(const std::vector<TopicPartition>& partitions, OffsetSpec spec,
                    std::function<void(Result<Positions>)> handler);
  void find_starts(const std::vector<TopicPartition>& partitions, Positions known,
                   std::function<void(Result<Positions>)> handler);
  void begin_partitions(std::size_t input, const Positions& positions);
  void drop_partitions(std::size_t input);
  std::size_t worker_for(std::size_t input, const TopicPartition& partition) const;
  const RecordOrigin* origin_of(const TopicPartition& partition);

  void on_read(const std::vector<ReadReport>& reports);
  void on_out_of_range(AssignmentId id);
  void on_reset(const TopicPartition& partition, Offset from, Offset to);
  SourceReader::Reports reports_of(std::size_t worker);

  void check_finished();
  void ask_for_committed();
  void on_committed(const OffsetStore::Committed& committed);

  void send_commits();
  void on_commit_done(const Result<void>& result, const plan::Done& done);
  std::map<std::size_t, OffsetStore::Positions> by_input(const std::vector<plan::Slice>& slices);

  void on_assigned(std::size_t input, const std::vector<TopicPartition>& partitions) override;
  void on_revoke(std::size_t input, std::function<void()> done) override;
  void on_lost(std::size_t input) override;
  void on_input_trouble(std::size_t input, const std::string& what) override;
  void on_input_failure(const Error& error) override { fail(error); }
  void pause(std::size_t input, std::function<void()> quiet);
  void resume(std::size_t input);

  void tell_trouble(const std::string& from, const std::string& what);
  void fail(const Error& error);

  const StreamOptions options_;
  const plan::Site* site_ = nullptr;
  plan::SourceHost* host_ = nullptr;
  plan::Done opened_;  // empty once called
  TimePoint unknown_since_{};
  bool topics_known_ = false;

  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Metadata> metadata_;
  Metadata::Subscription subscription_;
  std::unique_ptr<OffsetFinder> finder_;
  PerWorker<SourceReader> readers_;
  std::vector<std::unique_ptr<Input>> inputs_;

  std::map<TopicPartition, std::unique_ptr<RecordOrigin>> origins_;  // kept: records point to them
  Assignments assignments_;
  std::set<TopicPartition> begun_;  // partitions read before: their committed offsets count
  Positions ends_;                  // under stop_at_end, of all partitions
  std::set<TopicPartition> done_elsewhere_;  // ends that need no reading, or that others committed
  bool finished_ = false;
  bool asked_for_committed_ = false;
  net::Timer finish_timer_;

  struct QueuedCommit {
    std::vector<plan::Slice> slices;
    std::string batch;
    plan::Done done;
  };
  std::vector<QueuedCommit> queued_commits_;
  TimePoint last_commit_{};
  net::Timer commit_timer_;

  std::map<std::string, std::string> troubles_;
  // Expires at close(): tells after a callback whether the source is still open.
  std::shared_ptr<KafkaSource*> open_;
};

}  // namespace weir::kafka
