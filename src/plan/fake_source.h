#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/io.h"

namespace weir::plan {

/// A source in memory, for tests of the engine: partitions filled by the test. Remembers what was
/// committed. Runs on simulated loops, so all of it is one thread's.
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

}  // namespace weir::plan
