#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "plan/io.h"
#include "weir/task_error.h"

/// A source and an output in memory, for tests of the engine. Both run on simulated loops, so all
/// of it is one thread's.
namespace weir::plan {

/// Partitions filled by the test. Remembers what was committed.
class FakeSource final : public Source {
 public:
  FakeSource(std::string topic, std::size_t partitions) {
    for (std::size_t i = 0; i < partitions; ++i) {
      auto partition = std::make_unique<Partition>();
      partition->origin = {topic, PartitionId{static_cast<std::int32_t>(i)}};
      partitions_.push_back(std::move(partition));
    }
  }

  /// Adds a record, a piece of its own.
  void add(std::size_t partition, std::string value) { add_piece(partition, {std::move(value)}); }
  /// Adds records that are one piece, as those of a record batch are.
  void add_piece(std::size_t partition, std::vector<std::string> values) {
    Partition& to = *partitions_[partition];
    for (std::string& value : values) to.records.push_back(std::move(value));
    to.ends.push_back(to.records.size());
    if (host_ != nullptr) host_->on_change();
  }
  void set_finished() {
    is_finished_ = true;
    if (host_ != nullptr) host_->on_change();
  }
  SourceHost& host() { return *host_; }

  std::map<std::int32_t, std::int64_t> committed;  ///< by partition: the position
  std::vector<std::int64_t> commit_order;          ///< batch times, as they came
  std::size_t released = 0;                        ///< records
  std::optional<Error> open_error;
  std::optional<Error> read_error;
  std::optional<Error> commit_error;
  bool never_opens = false;
  bool closed = false;

  std::string name() const override { return "fake source"; }
  Result<void> validate() const override { return {}; }
  void open(const Site& site, SourceHost& host, Done opened) override {
    driver_ = site.driver;
    host_ = &host;
    workers_ = site.workers.size();
    if (never_opens) return;
    driver_->post([this, opened] {
      opened(open_error ? Result<void>(*open_error) : Result<void>());
      host_->on_change();
    });
  }
  std::vector<ReadAhead> read_ahead() const override {
    std::vector<ReadAhead> all;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      const Partition& partition = *partitions_[i];
      ReadAhead ahead{&partition.origin, i % workers_, {}};
      std::size_t from = partition.taken;
      for (const std::size_t end : partition.ends) {
        if (end <= from) continue;
        ahead.pieces.push_back(partition.piece(from, end));
        from = end;
      }
      if (!ahead.pieces.empty()) all.push_back(std::move(ahead));
    }
    return all;
  }
  void take(const std::vector<Slice>& slices) override {
    for (const Slice& slice : slices) {
      partition_of(slice).taken = static_cast<std::size_t>(slice.until.value);
    }
  }
  void release(const std::vector<Slice>& slices) override {
    for (const Slice& slice : slices) {
      released += static_cast<std::size_t>(slice.until.value - slice.from.value);
    }
  }
  void commit(BatchTime batch, const std::vector<Slice>& slices, Done done) override {
    driver_->post([this, batch, slices, done] {
      if (commit_error) return done(*commit_error);
      commit_order.push_back(batch.micros);
      for (const Slice& slice : slices) {
        committed[slice.origin->partition.value] = slice.until.value;
      }
      done({});
    });
  }
  bool finished() const override {
    if (!is_finished_) return false;
    for (const auto& partition : partitions_) {
      if (partition->taken < partition->records.size()) return false;
    }
    return true;
  }
  std::int64_t lag() const override { return 0; }
  Reader& reader(std::size_t) override { return reader_; }
  void close(Done done) override {
    closed = true;
    driver_->post([done] { done({}); });
  }

 private:
  struct Partition {
    RecordOrigin origin;
    std::deque<std::string> records;  // a deque: views of records stay valid while it grows
    std::vector<std::size_t> ends;    // of pieces
    std::size_t taken = 0;

    Piece piece(std::size_t from, std::size_t until) const {
      std::size_t bytes = 0;
      for (std::size_t at = from; at < until; ++at) bytes += records[at].size();
      return {Offset{static_cast<std::int64_t>(from)}, Offset{static_cast<std::int64_t>(until)},
              bytes, static_cast<std::int64_t>(until - from)};
    }
  };
  class FakeReader final : public Reader {
   public:
    explicit FakeReader(FakeSource& source) : source_(source) {}
    Result<void> read(const Slice& slice, TaskContext& context, Sink<Record>& into) override {
      if (source_.read_error) return *source_.read_error;
      const Partition& partition = source_.partition_of(slice);
      for (std::int64_t at = slice.from.value; at < slice.until.value; ++at) {
        Record record;
        record.value = partition.records[static_cast<std::size_t>(at)];
        record.has_value = true;
        record.offset = Offset{at};
        record.timestamp = WallTime{1000 + at};
        record.origin = &partition.origin;
        context.record_time = record.timestamp;
        into.push(std::move(record));
      }
      return {};
    }

   private:
    FakeSource& source_;
  };
  Partition& partition_of(const Slice& slice) const {
    return *partitions_[static_cast<std::size_t>(slice.origin->partition.value)];
  }

  std::vector<std::unique_ptr<Partition>> partitions_;
  FakeReader reader_{*this};
  net::Loop* driver_ = nullptr;
  SourceHost* host_ = nullptr;
  std::size_t workers_ = 1;
  bool is_finished_ = false;
};

/// Keeps what was acknowledged, in order. Acknowledges at once unless told to hold.
class FakeOutput final : public Output {
 public:
  struct Written {
    std::string value;
    std::string key;
    std::int64_t timestamp = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int32_t task_partition = 0;
  };
  std::vector<Written> records;
  std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const Written& record : records) all.push_back(record.value);
    return all;
  }
  std::optional<Error> open_error;
  std::optional<Error> write_error;
  std::optional<Error> submit_error;
  bool hold = false;  ///< acknowledgements wait for let_go()
  bool closed = false;

  /// Acknowledges the `index`th of those that are held.
  void let_go_one(std::size_t index) {
    const auto at = held_.begin() + static_cast<std::ptrdiff_t>(index);
    const auto acknowledge = std::move(*at);
    held_.erase(at);
    acknowledge();
  }
  void let_go() {
    for (auto& acknowledge : std::exchange(held_, {})) acknowledge();
  }
  std::size_t held() const { return held_.size(); }

  std::string name() const override { return "fake output"; }
  Result<void> validate() const override { return {}; }
  void open(const Site& site, OutputHost&, Done opened) override {
    site_ = &site;
    for (std::size_t i = 0; i < site.workers.size(); ++i) writers_.emplace_back(*this, i);
    site.driver->post(
        [this, opened] { opened(open_error ? Result<void>(*open_error) : Result<void>()); });
  }
  Writer& writer(std::size_t worker) override { return writers_[worker]; }
  void close(Done done) override {
    closed = true;
    site_->driver->post([done] { done({}); });
  }

 private:
  /// One worker's end.
  class FakeWriter final : public Writer {
   public:
    FakeWriter(FakeOutput& output, std::size_t worker) : output_(output), worker_(worker) {}
    std::unique_ptr<TaskWriter> open_task(PartitionId partition, std::size_t) override {
      return std::make_unique<FakeTask>(*this, partition);
    }
    std::size_t pending_bytes() const override { return pending_; }

    void check_submit() const {
      if (output_.submit_error) throw detail::TaskError(*output_.submit_error);
    }
    void submit(std::deque<Written> written, std::size_t bytes, Done acknowledged) {
      pending_ += bytes;
      auto acknowledge = [this, written = std::move(written), bytes,
                          acknowledged = std::move(acknowledged)] {
        pending_ -= bytes;
        acknowledged(output_.keep(written));
      };
      if (output_.hold) {
        output_.held_.push_back(std::move(acknowledge));
      } else {
        output_.site_->workers[worker_]->post(std::move(acknowledge));
      }
    }

   private:
    FakeOutput& output_;
    std::size_t worker_;
    std::size_t pending_ = 0;
  };
  class FakeTask final : public TaskWriter {
   public:
    FakeTask(FakeWriter& writer, PartitionId partition) : writer_(writer), partition_(partition) {}
    char* append(const Envelope& envelope, std::size_t value_size) override {
      Written& record = written_.emplace_back();
      record.value.resize(value_size);
      record.key = envelope.key.value_or("");
      record.timestamp = envelope.timestamp.millis;
      record.task_partition = partition_.value;
      for (const HeaderView& header : envelope.headers) {
        record.headers.emplace_back(header.key, header.value);
      }
      return record.value.data();
    }
    void submit(Done acknowledged) override {
      writer_.check_submit();
      const std::size_t size = bytes();
      writer_.submit(std::move(written_), size, std::move(acknowledged));
    }
    std::size_t bytes() const override {
      std::size_t sum = 0;
      for (const Written& record : written_) sum += record.value.size();
      return sum;
    }
    std::int64_t records() const override { return static_cast<std::int64_t>(written_.size()); }

   private:
    FakeWriter& writer_;
    PartitionId partition_;
    std::deque<Written> written_;
  };

  Result<void> keep(const std::deque<Written>& written) {
    if (write_error) return *write_error;
    records.insert(records.end(), written.begin(), written.end());
    return {};
  }

  std::deque<FakeWriter> writers_;  // by worker; a deque: they keep their addresses
  const Site* site_ = nullptr;
  std::vector<std::function<void()>> held_;
};

}  // namespace weir::plan
