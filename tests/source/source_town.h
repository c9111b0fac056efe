#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "broker/testing/memory_storage.h"
#include "kafka/admin.h"
#include "kafka/producer.h"
#include "kafka/source.h"
#include "net/sim_network.h"
#include "wire/record_batch.h"

/// What the tests of the Kafka source stand on: an embedded broker, a writer, and processes with a
/// source each, on a simulated network.
namespace weir {

/// How a SourceJob's process is set up.
struct JobOptions {
  std::string name = "job";
  std::size_t workers = 2;
  std::size_t read_ahead_bytes = std::size_t{4} << 20;
  bool stop_at_end = false;
  bool needs_all_records = false;
};

/// A process with one source, and an engine that the test can hold back. By itself it puts all that
/// is read ahead into a batch, reads it, commits it, and takes the next. Owned by the test.
class SourceJob final : private plan::SourceHost {
 public:
  SourceJob(net::SimNetwork& network, kafka::StreamOptions options, JobOptions process = {});
  ~SourceJob() override;

  void open();
  /// Closes the source; `closed` is set later.
  void close();
  /// The process dies: nothing is told to anybody.
  void die();

  /// While held back, no batch begins, and one that has begun does not end.
  void hold(bool held);
  /// While commits are held back, a batch begins, and does not end.
  void hold_commits(bool held);
  /// The partitions that no batch takes from, as where a rate limit holds them back.
  void skip(const std::string& partition) { skipped_.insert(partition); }
  void skip_nothing();
  bool batch_under_way() const { return !batch_.empty(); }

  /// All that is read ahead of partitions that are not skipped.
  std::vector<plan::Slice> read_ahead();
  /// Takes, reads and commits `slices` beside the engine, which is to be held back.
  void run_batch(const std::vector<plan::Slice>& slices, std::function<void()> committed);

  kafka::KafkaSource& source() { return *source_; }
  /// What was read: "topic-partition" to "offset:value", in order; with a key it is
  /// "offset:key=value", and headers stand behind it. A null value is "null".
  std::map<std::string, std::vector<std::string>> read;
  std::size_t records() const;
  /// When a record of a partition came last, and the longest time between two.
  struct Pace {
    TimePoint last;
    Duration longest{0};
  };
  std::map<std::string, Pace> pace;

  std::optional<Result<void>> opened;
  bool closed = false;
  bool died = false;
  bool finished = false;
  std::vector<std::string> troubles;
  std::vector<std::string> failures;
  std::vector<std::string> warnings;
  std::vector<std::string> commit_errors;

 private:
  void on_change() override { pump_soon(); }
  void on_trouble(const std::string& what) override;
  void on_failure(const Error& error) override { failures.push_back(error.message()); }
  bool needs_all_records() const override { return needs_all_records_; }

  void pump_soon();
  void pump();
  void begin_batch();
  void read_batch(const std::vector<plan::Slice>& slices);
  void end_batch();

  net::SimNetwork& network_;
  const bool needs_all_records_;
  plan::Site site_;
  std::unique_ptr<kafka::KafkaSource> source_;
  std::set<std::string> skipped_;
  std::vector<plan::Slice> batch_;
  bool held_ = false;
  bool commits_held_ = false;
  bool closing_ = false;
  bool commit_sent_ = false;
  bool pump_planned_ = false;
  std::int64_t batches_ = 0;
  // Expires with the process: what was posted comes after it.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// A broker at "broker:9092" with topics, and a writer.
class SourceTown {
 public:
  /// Topics with their numbers of partitions.
  explicit SourceTown(std::map<std::string, std::int32_t> topics, std::uint64_t seed = 1,
                      net::SimOptions options = {}, std::int16_t transaction_version = 2);
  ~SourceTown();

  /// Writes one record batch and waits until it is there. Times count up by 1 ms from `time`.
  void write(const std::string& topic, std::int32_t partition,
             const std::vector<std::string>& values, std::int64_t time = 1000,
             const std::vector<wire::RecordHeader>& headers = {});
  /// Writes one record with a null value, and waits until it is there.
  void write_tombstone(const std::string& topic, std::int32_t partition, std::string_view key);
  /// All that a topic has, as a SourceJob notes it.
  std::map<std::string, std::vector<std::string>> contents(const std::string& topic);
  /// What of it is committed.
  std::map<std::string, std::vector<std::string>> committed(const std::string& topic);
  void create(const std::string& topic, std::int32_t partitions);
  /// Makes a topic of which only the newest chunk stays: see expire().
  void create_short_lived(const std::string& topic, std::int32_t partitions);
  /// Makes a topic of one partition that takes no larger record batches.
  void create_narrow(const std::string& topic, std::size_t max_message_bytes);
  /// Writes one record so large that all before it expire. The topic is short-lived.
  void expire(const std::string& topic, std::int32_t partition);

  /// The broker dies, and starts again on what it has in its data directory. It forgets groups, but
  /// not their offsets.
  void restart_broker(Duration down);

  void remove(const std::string& topic);
  /// Lets the broker do something wrong, as broker::parse_fault() reads it.
  void inject(std::string_view fault);

  kafka::StreamOptions direct(std::vector<std::string> topics) const;
  kafka::StreamOptions group(std::vector<std::string> topics, int inputs = 1) const;
  /// A new process, opened.
  SourceJob& start(kafka::StreamOptions options, JobOptions process = {});
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::minutes(2)) {
    return network.run_until(done, limit);
  }
  void run_for(Duration duration) { network.run_for(duration); }

  net::SimNetwork network;

 private:
  class Writer;
  void start_broker();
  std::map<std::string, std::vector<std::string>> read_all(kafka::StreamOptions options);

  broker::BrokerOptions broker_options_;
  broker::MemoryStorage storage_;
  std::unique_ptr<broker::Broker> broker_;
  std::unique_ptr<Writer> writer_;
  int readers_ = 0;
  std::vector<std::unique_ptr<SourceJob>> jobs_;  // end first
};

}  // namespace weir
