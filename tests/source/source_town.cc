#include "source_town.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "broker/faults.h"
#include "weir/sink.h"
#include "wire/record_batch_builder.h"

namespace weir {

using namespace std::chrono_literals;

namespace {

std::string name_of(const RecordOrigin& origin) {
  return concat(origin.topic, "-", origin.partition.value);
}

std::string headers_of(const Record& record) {
  std::string text;
  wire::Reader reader(record.headers);
  for (std::int32_t left = record.header_count; left > 0; --left) {
    const wire::RecordHeader header = wire::read_record_header(reader);
    text += concat(" ", header.key, "=", header.value);
  }
  return text;
}

/// Notes the records of one slice.
class Notebook final : public Sink<Record> {
 public:
  explicit Notebook(std::vector<std::string>& into) : into_(into) {}
  void push(Record&& record) override {
    into_.push_back(concat(record.offset.value, ":", record.has_key ? concat(record.key, "=") : "",
                           record.has_value ? record.value.substr(0, 20) : "null",
                           headers_of(record)));
  }

 private:
  std::vector<std::string>& into_;
};

/// A task's context where there is no task.
class NoTask final : public TaskContext {
 public:
  BatchTime batch_time() const override { return {}; }
  const std::vector<OffsetRange>& offset_ranges() const override { return ranges_; }
  PartitionId partition() const override { return {}; }
  RecordWriter& writer(OutputIndex) override { std::abort(); }
  void deliver(ExchangePort, PartitionId, std::unique_ptr<const Block>) override { std::abort(); }
  void count_held(std::size_t) override {}
  void count_skipped() override {}
  PartitionState& state(StateIndex) override { std::abort(); }

 private:
  std::vector<OffsetRange> ranges_;
};

}  // namespace

SourceJob::SourceJob(net::SimNetwork& network, kafka::StreamOptions options, JobOptions process)
    : network_(network), needs_all_records_(process.needs_all_records) {
  site_.driver = &network.loop(process.name);
  for (std::size_t i = 0; i < process.workers; ++i) {
    site_.workers.push_back(&network.loop(concat(process.name, "-worker-", i)));
  }
  site_.read_ahead_bytes = process.read_ahead_bytes;
  site_.stop_at_end = process.stop_at_end;
  site_.buffers = std::make_shared<BufferPool>(1 << 20);
  site_.log = Log(LogLevel::kWarning,
                  [this](LogLevel, std::string_view line) { warnings.emplace_back(line); });
  source_ = std::make_unique<kafka::KafkaSource>(std::move(options));
}

SourceJob::~SourceJob() = default;

void SourceJob::open() {
  plan::SourceHost& host = *this;
  source_->open(site_, host, [this](Result<void> outcome) {
    EXPECT_FALSE(opened) << "opened twice";
    EXPECT_FALSE(closed) << "opened after it was closed";
    opened = std::move(outcome);
    pump_soon();
  });
}

void SourceJob::close() {
  closing_ = true;
  source_->close([this](const Result<void>& outcome) {
    EXPECT_TRUE(outcome.ok());
    EXPECT_FALSE(closed) << "closed twice";
    closed = true;
  });
}

void SourceJob::die() {
  died = true;
  alive_.reset();
  source_.reset();
}

void SourceJob::hold(bool held) {
  held_ = held;
  pump_soon();
}

void SourceJob::hold_commits(bool held) {
  commits_held_ = held;
  pump_soon();
}

void SourceJob::skip_nothing() {
  skipped_.clear();
  pump_soon();
}

std::size_t SourceJob::records() const {
  std::size_t sum = 0;
  for (const auto& [partition, values] : read) sum += values.size();
  return sum;
}

void SourceJob::on_trouble(const std::string& what) {
  if (troubles.empty() || troubles.back() != what) troubles.push_back(what);
}

void SourceJob::pump_soon() {
  if (std::exchange(pump_planned_, true)) return;
  site_.driver->post([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    pump_planned_ = false;
    pump();
  });
}

void SourceJob::pump() {
  if (closing_ || !opened || !opened->ok()) return;
  finished = source_->finished();
  if (held_) return;
  if (!batch_.empty()) {
    if (!commits_held_) end_batch();
    return;
  }
  begin_batch();
}

std::vector<plan::Slice> SourceJob::read_ahead() {
  std::vector<plan::Slice> slices;
  for (const plan::ReadAhead& ahead : source_->read_ahead()) {
    if (skipped_.contains(name_of(*ahead.origin))) continue;
    plan::Slice slice{ahead.origin, ahead.worker, ahead.pieces.front().from,
                      ahead.pieces.back().until};
    for (const plan::Piece& piece : ahead.pieces) {
      slice.bytes += piece.bytes;
      slice.records += piece.records;
    }
    slices.push_back(slice);
  }
  return slices;
}

void SourceJob::run_batch(const std::vector<plan::Slice>& slices, std::function<void()> committed) {
  source_->take(slices);
  read_batch(slices);
  source_->release(slices);
  source_->commit({++batches_}, slices,
                  [committed = std::move(committed)](const auto&) { committed(); });
}

void SourceJob::begin_batch() {
  batch_ = read_ahead();
  if (batch_.empty()) return;
  source_->take(batch_);
  read_batch(batch_);
  pump_soon();
}

void SourceJob::read_batch(const std::vector<plan::Slice>& slices) {
  for (const plan::Slice& slice : slices) {
    auto& values = read[name_of(*slice.origin)];
    const std::size_t before = values.size();
    Notebook notebook(values);
    NoTask context;
    const auto outcome = source_->reader(slice.worker).read(slice, context, notebook);
    if (!outcome.ok()) failures.push_back(outcome.error().message());
    if (values.size() == before) continue;
    Pace& at = pace[name_of(*slice.origin)];
    const TimePoint now = network_.clock().now();
    if (at.last != TimePoint{}) at.longest = std::max(at.longest, now - at.last);
    at.last = now;
  }
}

void SourceJob::end_batch() {
  if (std::exchange(commit_sent_, true)) return;
  source_->release(batch_);
  source_->commit({++batches_}, batch_, [this](const Result<void>& outcome) {
    if (!outcome.ok()) commit_errors.push_back(outcome.error().message());
    batch_.clear();
    commit_sent_ = false;
    pump_soon();
  });
}

/// Writes to any partition, and creates topics.
class SourceTown::Writer final : private kafka::Producer::Listener {
 public:
  explicit Writer(net::SimNetwork& network)
      : network_(network),
        context_{network.loop("writer"), {}, BufferPool(1 << 20), Log()},
        metadata_(set_up(context_)),
        admin_(context_, metadata_),
        producer_(context_, metadata_, {}, *this) {}

  void write(const kafka::TopicPartition& to, const std::vector<std::string>& values,
             std::int64_t time, const std::vector<wire::RecordHeader>& headers) {
    std::size_t size = 1000;
    for (const auto& value : values) size += value.size() + 50;
    wire::RecordBatchBuilder builder(context_.buffers.take(size));
    for (const auto& value : values) {
      value.copy(builder.append(time++, std::nullopt, value.size(), headers), value.size());
    }
    send(to, std::move(builder));
  }

  void write_tombstone(const kafka::TopicPartition& to, std::string_view key) {
    wire::RecordBatchBuilder builder(context_.buffers.take(1000 + key.size()));
    builder.append_tombstone(1000, key);
    send(to, std::move(builder));
  }

  void send(const kafka::TopicPartition& to, wire::RecordBatchBuilder builder) {
    bool written = false;
    producer_.send(to, std::move(builder).seal(wire::Compression::kNone, context_.buffers).value(),
                   [&](const Result<Offset>& outcome) { written = outcome.ok(); });
    EXPECT_TRUE(network_.run_until([&] { return written; }));
  }

  void remove(const std::string& topic) {
    bool removed = false;
    admin_.delete_topic(topic, 5s, [&](const auto& outcome) { removed = outcome.ok(); });
    EXPECT_TRUE(network_.run_until([&] { return removed; }));
  }

  void create(const kafka::NewTopic& topic) {
    bool created = false;
    admin_.create_topic(topic, 5s, [&](const auto& outcome) { created = outcome.ok(); });
    EXPECT_TRUE(network_.run_until([&] { return created; }));
  }

 private:
  static kafka::ClientContext& set_up(kafka::ClientContext& context) {
    context.options.bootstrap = {{"broker", 9092}};
    return context;
  }
  void on_trouble(const Error&) override {}
  void on_recovery() override {}

  net::SimNetwork& network_;
  kafka::ClientContext context_;
  kafka::Metadata metadata_;
  kafka::Admin admin_;
  kafka::Producer producer_;
};

SourceTown::SourceTown(std::map<std::string, std::int32_t> topics, std::uint64_t seed,
                       net::SimOptions options, std::int16_t transaction_version)
    : network(seed, options) {
  broker_options_.transaction_version = transaction_version;
  broker_options_.host = "broker";
  broker_options_.port = 9092;
  broker_options_.seed = seed + 1;
  broker_options_.auto_create_topics = false;
  broker_options_.data = "data";
  for (const auto& [name, partitions] : topics) {
    broker_options_.topics.push_back({name, partitions});
  }
  start_broker();
  writer_ = std::make_unique<Writer>(network);
}

void SourceTown::start_broker() {
  broker_ =
      std::make_unique<broker::Broker>(network.loop("broker"), broker_options_,
                                       Log(LogLevel::kWarning, [](LogLevel, auto) {}), storage_);
  EXPECT_TRUE(broker_->start().ok());
}

void SourceTown::restart_broker(Duration down) {
  network.kill("broker");
  broker_.reset();
  run_for(down);
  start_broker();
}

SourceTown::~SourceTown() {
  network.set_silent("broker", true);  // nobody leaves a group: that would only take time
  for (const auto& job : jobs_) {
    if (!job->died && !job->closed) job->close();
  }
  run_until([&] {
    return std::all_of(jobs_.begin(), jobs_.end(),
                       [](const auto& job) { return job->died || job->closed; });
  });
  run_for(1ms);  // what was posted to the dead
}

void SourceTown::write(const std::string& topic, std::int32_t partition,
                       const std::vector<std::string>& values, std::int64_t time,
                       const std::vector<wire::RecordHeader>& headers) {
  writer_->write({topic, {partition}}, values, time, headers);
}

void SourceTown::write_tombstone(const std::string& topic, std::int32_t partition,
                                 std::string_view key) {
  writer_->write_tombstone({topic, {partition}}, key);
}

std::map<std::string, std::vector<std::string>> SourceTown::contents(const std::string& topic) {
  return read_all(direct({topic}));
}

std::map<std::string, std::vector<std::string>> SourceTown::committed(const std::string& topic) {
  kafka::StreamOptions options = direct({topic});
  options.isolation = kafka::Isolation::kReadCommitted;
  return read_all(options);
}

std::map<std::string, std::vector<std::string>> SourceTown::read_all(kafka::StreamOptions options) {
  SourceJob& reader =
      start(std::move(options), {.name = concat("reader", readers_++), .stop_at_end = true});
  EXPECT_TRUE(run_until([&] { return reader.source().finished(); }));
  return reader.read;
}

void SourceTown::create(const std::string& topic, std::int32_t partitions) {
  writer_->create({topic, partitions});
}

void SourceTown::create_short_lived(const std::string& topic, std::int32_t partitions) {
  writer_->create({topic, partitions, 1, {{"retention.bytes", "1"}}});
}

void SourceTown::create_narrow(const std::string& topic, std::size_t max_message_bytes) {
  writer_->create({topic, 1, 1, {{"max.message.bytes", std::to_string(max_message_bytes)}}});
}

void SourceTown::expire(const std::string& topic, std::int32_t partition) {
  write(topic, partition, {std::string(300'000, 'x')});
}

void SourceTown::remove(const std::string& topic) { writer_->remove(topic); }

void SourceTown::inject(std::string_view fault) {
  broker_->faults().add(broker::parse_fault(fault).value());
}

kafka::StreamOptions SourceTown::direct(std::vector<std::string> topics) const {
  kafka::StreamOptions options;
  options.brokers = "broker:9092";
  options.topics = std::move(topics);
  return options;
}

kafka::StreamOptions SourceTown::group(std::vector<std::string> topics, int inputs) const {
  kafka::StreamOptions options = direct(std::move(topics));
  options.group = "g";
  options.inputs = inputs;
  options.session_timeout = 10s;
  return options;
}

SourceJob& SourceTown::start(kafka::StreamOptions options, JobOptions process) {
  jobs_.push_back(std::make_unique<SourceJob>(network, std::move(options), std::move(process)));
  jobs_.back()->open();
  return *jobs_.back();
}

}  // namespace weir
