#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plan/io.h"
#include "weir/testing.h"

namespace weir::stream {

/// An output of a StreamTest: keeps what is written, for the test to look at. Runs on simulated
/// loops, so all of it is one thread's.
class TestTarget final : public plan::Output {
 public:
  /// `kept` outlives it.
  TestTarget(std::string topic, std::vector<TestRecord>& kept)
      : topic_(std::move(topic)), kept_(kept) {}

  std::string name() const override { return "the test's " + topic_; }
  Result<void> validate() const override { return {}; }
  void open(const plan::Site& site, plan::OutputHost&, plan::Done opened) override;
  plan::Writer& writer(std::size_t worker) override { return writers_[worker]; }
  void close(plan::Done closed) override;

 private:
  class TestWriter;
  class TestTask;

  /// One worker's end.
  class TestWriter final : public plan::Writer {
   public:
    TestWriter(TestTarget& target, net::Loop& worker) : target_(target), worker_(worker) {}
    std::unique_ptr<plan::TaskWriter> open_task(BatchTime, PartitionId partition,
                                                plan::OutputSize) override;
    std::size_t pending_bytes() const override { return 0; }
    void submit(std::deque<TestRecord> written, plan::Done acknowledged);

   private:
    TestTarget& target_;
    net::Loop& worker_;
  };

  const std::string topic_;
  std::vector<TestRecord>& kept_;
  net::Loop* driver_ = nullptr;
  std::deque<TestWriter> writers_;  // by worker; a deque: they keep their addresses
};

}  // namespace weir::stream
