#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "plan/io.h"
#include "weir/testing.h"

namespace weir::stream {

/// The source of a StreamTest: partitions that the test fills, and that keep what they were given.
/// Runs on simulated loops, so all of it is one thread's.
class TestSource final : public plan::Source {
 public:
  /// `clock` gives their time to records that have none, and outlives the source.
  TestSource(std::string topic, std::size_t partitions, const Clock& clock);

  void add(const detail::TestObjects& objects, std::optional<PartitionId> partition);
  void add(std::vector<TestRecord> records);

  std::string name() const override { return "the test's " + topic_; }
  Result<void> validate() const override;
  void open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) override;
  std::vector<plan::ReadAhead> read_ahead() const override;
  void take(const std::vector<plan::Slice>& slices) override;
  void release(const std::vector<plan::Slice>&) override {}
  void commit(BatchTime, const std::vector<plan::Slice>&, plan::Done done) override;
  bool finished() const override { return false; }
  std::int64_t lag() const override;
  plan::Reader& reader(std::size_t) override { return reader_; }
  void close(plan::Done closed) override;

 private:
  struct Given {
    std::shared_ptr<const void> owner;  // of the bytes, shared by what was given at once
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    WallTime timestamp;
    bool is_object = false;  // which goes on together with those behind it in memory, as in a queue

    bool precedes(const Given& next) const {
      return is_object && next.is_object && owner == next.owner &&
             value->data() + value->size() == next.value->data();
    }
  };
  struct Partition {
    RecordOrigin origin;
    std::deque<Given> records;
    std::size_t taken = 0;
  };
  class Reader final : public plan::Reader {
   public:
    explicit Reader(const TestSource& source) : source_(source) {}
    Result<void> read(const plan::Slice& slice, TaskContext& context, Sink<Record>& into) override;

   private:
    const TestSource& source_;
  };
  Partition& partition(std::size_t number);
  std::size_t partition_of(const TestRecord& record) const;
  void changed();

  const std::string topic_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  Reader reader_{*this};
  net::Loop* driver_ = nullptr;
  plan::SourceHost* host_ = nullptr;
  std::size_t workers_ = 1;
};

}  // namespace weir::stream
