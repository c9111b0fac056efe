#include "stream/test_target.h"

namespace weir::stream {

/// One task's writer. What it was given is dropped with it unless it is submitted.
class TestTarget::TestTask final : public plan::TaskWriter {
 public:
  TestTask(TestWriter& writer, PartitionId partition) : writer_(writer), partition_(partition) {}

  char* append(const Envelope& envelope, std::size_t value_size) override {
    TestRecord& record = written_.emplace_back();
    bytes_ += value_size;
    if (envelope.key) record.key = std::string(*envelope.key);
    record.timestamp = envelope.timestamp;
    record.partition = envelope.partition.value_or(partition_);
    for (const HeaderView& header : envelope.headers) {
      record.headers.emplace_back(header.key, header.value);
    }
    if (!envelope.has_value) return nullptr;
    return record.value.emplace(value_size, '\0').data();
  }
  void submit(plan::Done acknowledged) override {
    writer_.submit(std::move(written_), std::move(acknowledged));
  }
  std::size_t bytes() const override { return bytes_; }
  std::int64_t records() const override { return static_cast<std::int64_t>(written_.size()); }

 private:
  TestWriter& writer_;
  PartitionId partition_;
  std::size_t bytes_ = 0;
  std::deque<TestRecord> written_;  // a deque: values keep their places while others are added
};

std::unique_ptr<plan::TaskWriter> TestTarget::TestWriter::open_task(BatchTime,
                                                                    PartitionId partition,
                                                                    plan::OutputSize) {
  return std::make_unique<TestTask>(*this, partition);
}

void TestTarget::TestWriter::submit(std::deque<TestRecord> written, plan::Done acknowledged) {
  auto& kept = target_.kept_;
  kept.insert(kept.end(), written.begin(), written.end());
  worker_.post([acknowledged = std::move(acknowledged)] { acknowledged({}); });
}

void TestTarget::open(const plan::Site& site, plan::OutputHost&, plan::Done opened) {
  driver_ = site.driver;
  for (net::Loop* worker : site.workers) writers_.emplace_back(*this, *worker);
  driver_->post([opened = std::move(opened)] { opened({}); });
}

void TestTarget::close(plan::Done closed) {
  driver_->post([closed = std::move(closed)] { closed({}); });
}

}  // namespace weir::stream
